# As chamadas de todas as empresas ou de uma, e uma delas.

calls-title = Chamadas
calls-key =
    { $kind ->
        [phone] Telefone
        [agent] Agente
        [queue] Fila
       *[call] ID da chamada
    }
calls-value-hint = Telefone com DDD; os outros como o provedor os escreve.
calls-any = Qualquer
calls-state = Estado
calls-outcome = Desfecho
calls-stands = Situação
calls-began = Primeiro evento
calls-phone = Telefone
calls-agent = Agente
calls-queue = Campanha ou fila
calls-parts = Espera e conversa
calls-lasted = Duração
calls-no-number = Sem número
calls-no-agent = sem agente
calls-bar = esperou { $waited }, falou { $talked }
calls-key-wait = até atenderem
calls-key-talk = conversa
calls-as-of = Ao vivo, às
calls-company = Empresa
calls-everywhere = Em todas as empresas
calls-choose = Escolher a empresa
calls-cut = São muitas empresas: aqui estão as chamadas das 200 primeiras. Escolha uma para ver as dela.
calls-fresh-one = 1 nova
calls-fresh-many = # novas
calls-fresh-all = # novas ou mais
calls-more-webhooks = mais { $n }
calls-odd = Há avisos sobre os eventos desta chamada
calls-none = Nenhuma chamada ainda
calls-none-text = As chamadas aparecem aqui assim que um provedor desta empresa falar delas.
calls-none-found = Nenhuma chamada encontrada
calls-none-found-text = Nenhuma chamada guardada atende a todos os filtros. Um telefone se procura completo, com DDD.
calls-unfinished = Nada encontrado nas chamadas mais recentes
calls-unfinished-text = A busca parou para não demorar: continue na próxima página.

call-state =
    { $state ->
        [new] Nova
        [standby] Aguarda destino
        [waiting] Na espera
        [ringing] Tocando
        [ongoing] Em conversa
       *[finished] Encerrada
    }
call-outcome =
    { $outcome ->
        [answered] Atendida
        [abandoned] Abandonada na espera
        [missed] Perdida
        [not_answered] Não atendida
        [machine] Caixa postal
        [failed] Não completada
        [rejected] Recusada
       *[unknown] Sem desfecho conhecido
    }
call-direction =
    { $direction ->
        [inbound] Recebida
        [outbound] Feita
       *[internal] Interna
    }
call-title-agent = { $who }, atendida por { $agent }
call-heard = primeiro evento
call-strip = A chamada, passo a passo
call-knot =
    { $knot ->
        [new] Começou
        [ringing] Tocando
        [answered] Atendida
       *[ended] Encerrada
    }
call-knot-agent = Com { $agent }
call-stretch =
    { $kind ->
        [talk] conversa de { $span }
        [ring] tocou { $span }
       *[wait] espera de { $span }
    }
call-presumed = O fim desta chamada não foi informado: depois de tanto tempo sem notícia, ela conta como encerrada.
call-warning =
    { $warning ->
        [gap] O começo desta chamada não foi recebido.
        [late] Um evento chegou depois de outro que aconteceu mais tarde.
        [unexpected] Um evento não combina com o que veio antes.
       *[odd] Um dos eventos traz um aviso sobre o seu conteúdo.
    }
call-fact =
    { $fact ->
        [their_number] Telefone
        [our_number] Nosso número
        [direction] Sentido
        [agent] Agente
        [extension] Ramal do agente
        [queue] Campanha ou fila
        [last_event] Último evento
        [provider] Provedor
        [caller] Quem liga
        [destination] Destino
        [decision] Roteamento
        [refusal] Última falha
        [tag] Etiqueta
        [conversation] Conversa
        [bot] Bot
        [halt] Pausa do bot
       *[provider_call_id] ID no provedor
    }
call-values = Calculado pelo bot
call-messages = Antes da chamada
call-decision-state =
    { $state ->
        [due] O provedor está sendo avisado
        [sent] Aceito pelo provedor
        [failed] Não aceito pelo provedor
        [expired] O prazo acabou
       *[not_wanted] Ninguém é avisado
    }
call-decision-took = { $state } ({ $ms } ms)
call-caller =
    { $caller ->
        [new] Novo
       *[known] Já conhecido
    }
call-told-to = para { $destination }
call-told-took = em { $ms } ms
call-told-by = por { $who }
