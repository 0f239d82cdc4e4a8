# O quadro de uma empresa, na parede, e o que se diz dele.

board-title = Quadro
board-of = Quadro de { $company }
board-source =
    { $state ->
        [connected] { $name }
        [connecting] { $name } conectando
        [waiting] { $name } sem conexão
        [refused] { $name } recusou o token
       *[stopped] { $name } desligada
    }
board-since = { $said } desde { $time }
board-failing = { $name } falhando desde { $time }
board-failing-more =
    { $n ->
        [one] e mais { $n } webhook
       *[other] e mais { $n } webhooks
    }
board-behind =
    { $n ->
        [one] { $n } evento ainda não entrou nestes números.
       *[other] { $n } eventos ainda não entraram nestes números.
    }
board-cut = Há mais chamadas em andamento: estes números são das { $n } mais novas.

board-queues = Filas e campanhas
board-waiting = na espera
board-longest = maior espera
board-late = Espera longa:
board-late-after = atraso a partir de { $span }
board-queue-talking = { $n } em conversa
board-queue-dialing = { $n } discando
board-queue-quiet = sem chamadas agora
board-no-queues = Nenhuma fila teve chamadas hoje.
board-more-queues =
    { $n ->
        [one] e mais { $n } fila, com espera menor
       *[other] e mais { $n } filas, com espera menor
    }

board-agents =
    Agentes: { $talking } falando, { $ringing } tocando, { $idle ->
        [0] nenhum livre
        [one] { $idle } livre
       *[other] { $idle } livres
    }
board-agents-who = Só aparece quem está em chamada ou deu notícia.
board-agent-state =
    { $state ->
        [talking] falando
        [ringing] tocando
        [after-call] pós-atendimento
        [break] pausa
        [manual] modo manual
        [idle] livre
       *[calling] chamando
    }
board-no-agents = Nenhum agente em chamada, e de nenhum houve notícia.
board-more-agents =
    { $n ->
        [one] e mais { $n } agente
       *[other] e mais { $n } agentes
    }

board-doors = Interfones
board-door = Apto { $unit }
board-door-in = Bloco { $building }, apto { $unit }
board-door-of = ramal { $extension } · cliente { $client }
board-door-talks = em conversa
board-no-doors = Nenhum interfone tocando.
board-more-doors =
    { $n ->
        [one] e mais { $n } interfone
       *[other] e mais { $n } interfones
    }
board-give-names = Dar nomes aos comandos

board-group = { $provider }, chamadas agora
board-users = Usuários
board-open = Em andamento
board-today = { $kind } hoje
board-day =
    { $n ->
        [0] Hoje até { $time }: nenhuma chamada encerrada
        [one] Hoje até { $time }: { $n } chamada encerrada
       *[other] Hoje até { $time }: { $n } chamadas encerradas
    }
board-figure =
    { $figure ->
        [answered] Atendidas
        [abandoned] Abandonadas
        [not-answered] Não atendidas
        [machine] Caixa postal
        [waited] Espera média
       *[talked] Conversa média
    }
board-day-note = { $answered } das encerradas; { $abandoned } das atendidas e abandonadas. Espera: das recebidas.

board-settings = Quadro: nomes e atraso
board-open-it = Abrir o quadro
board-late-field = Espera longa a partir de (segundos)
board-late-hint = De 5 a 3.600. Uma fila em que alguém espera tanto aparece em destaque.
board-commands = Nomes dos comandos de interfone
board-commands-hint = O que se tecla na porta, como *2, e o nome que o quadro mostra, como Portão 2. Um comando sem nome aparece como é; para retirar um nome, apague a linha.
board-keys = Teclas
board-name = Nome
board-change = Alterar
