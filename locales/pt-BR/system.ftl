# Sistema: o que roda em segundo plano.

system-title = Sistema
duties-title = Em segundo plano
duties-text = O que o Ramal faz por conta própria enquanto está no ar, e como foi a última execução de cada tarefa. Os números contam desde que o programa foi iniciado.
duties-what = Tarefa
duties-state = Estado
duties-last = Última execução
duties-next = Próxima
duties-runs = Execuções
duties-panics = Falhas internas
duty-title =
    { $duty ->
        [database-hold] Uso exclusivo do banco de dados
        [checkpoint] Cópia do log do SQLite
        [agents] Agentes
        [calls] Chamadas
        [routing] Roteamento
        [ringing] O que toca
        [actions] Aviso das ações
        [decisions] Aviso das decisões
        [indexer] Índice de eventos
        [retention] Limpeza do que é antigo
        [reconciliation] Conciliação
        [source-status] Situação das fontes
        [rates] Ritmo do último minuto
        [series] Contagem por minuto
        [disk] Espaço em disco
        [incidents] Incidentes
        [alerts] Alertas
       *[other] { $duty }
    }
duty-does =
    { $duty ->
        [database-hold] Confere se o banco de dados responde e ainda é só deste processo.
        [checkpoint] Copia o log do SQLite (WAL) para o arquivo do banco antes que o log cresça demais.
        [agents] Guarda o que cada agente faz entre as chamadas, para o quadro.
        [calls] Monta as chamadas a partir dos eventos que falam delas: quem ligou, quem atendeu, como terminou.
        [routing] Decide para onde vão as chamadas que esperam por isso e passa a conhecer quem liga.
        [ringing] Acompanha as chamadas que tocam nas empresas cujas chamadas se atendem aqui, e avisa quem pode atender.
        [actions] Anota no registro o que resultou das ações que pessoas pediram aos provedores.
        [decisions] Diz aos provedores para onde vão as chamadas, no prazo que eles dão.
        [indexer] Fecha blocos de 1.024 eventos, que permitem à busca e aos webhooks atrasados pular o que não lhes interessa.
        [retention] Remove eventos, tentativas, sessões e linhas da auditoria que passaram do prazo ou do tamanho.
        [reconciliation] Compara o que está cadastrado com o que roda, e conecta, altera ou encerra fontes e webhooks.
        [source-status] Grava em que estado está cada fonte, os sinais de vida das conexões e o uso das chaves de API.
        [rates] Mede quantos eventos e entregas houve no último minuto.
        [series] Grava as contagens de cada minuto, para os gráficos.
        [disk] Mede o espaço livre no disco do banco de dados.
        [incidents] Olha tudo a cada poucos segundos e abre, muda e encerra os incidentes.
        [alerts] Diz a quem está nas regras o que houve com os incidentes, e tenta de novo o que não foi aceito.
       *[other] { $duty }
    }
duty-every = A cada { $span }
duty-woken = Só quando é preciso
duty-ms = { $n } ms
duty-running = Rodando
duty-waiting = Esperando
duty-restarting = Vai reiniciar
duty-ended = Encerrada
duty-since = desde
duty-never = ainda não rodou
duty-well = Em ordem
duty-failed = Falhou
duty-panicked = Falha interna
duty-last-work = Último trabalho
duty-work =
    { $what ->
        [changes] { $count ->
            [one] { $count } mudança
           *[other] { $count } mudanças
        }
        [stretches] { $count ->
            [one] { $count } trecho
           *[other] { $count } trechos
        }
        [companies] { $count ->
            [one] { $count } empresa
           *[other] { $count } empresas
        }
        [actions] { $count ->
            [one] { $count } ação
           *[other] { $count } ações
        }
        [decisions] { $count ->
            [one] { $count } decisão
           *[other] { $count } decisões
        }
        [pages] { $count ->
            [one] { $count } página
           *[other] { $count } páginas
        }
        [rows] { $count ->
            [one] { $count } linha
           *[other] { $count } linhas
        }
       *[other] { $count } { $what }
    }

rebuild-asked = As linhas de { $name } serão refeitas; as de agora valem até lá.
rebuild-left =
    { $events ->
        [one] falta { $events } evento de { $companies ->
            [one] { $companies } empresa
           *[other] { $companies } empresas
        }
       *[other] faltam { $events } eventos de { $companies ->
            [one] { $companies } empresa
           *[other] { $companies } empresas
        }
    }
rebuild-waits = Ninguém começou ainda: o programa não está rodando neste banco, ou está ocupado. Pode parar aqui: ele o faz quando puder.
rebuild-done = Pronto: as linhas de { $name } são as novas.
