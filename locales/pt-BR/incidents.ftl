# Os incidentes: o que há, em uma linha, e o que houve com cada um.

incident-not-writing = o banco de dados não grava
incident-not-ours = outro processo usa este banco de dados
incident-disk-low = pouco espaço em disco
incident-duty-failing = a tarefa “{ $title }” falha
incident-not-served = esta versão não serve o provedor “{ $provider }”
incident-token-refused = a { $provider } recusa o token
incident-token-expired = o token da { $provider } venceu em { $day }
incident-token-expires = o token da { $provider } vence { $day }
incident-gap-open = sem conexão com a { $provider }
incident-not-connected = ainda sem conexão com a { $provider }
incident-silence = conectado à { $provider }, mas sem eventos
incident-silence-company = conectada, mas sem eventos no expediente
incident-door-refuses = a porta da { $provider } recusa o que chega
incident-door-refuses-nobody = a porta da { $provider } recusa envios de fonte desconhecida
incident-events-refused = o banco de dados recusou eventos da { $provider }
incident-events-lost = o banco de dados perdeu eventos da { $provider }
incident-calls-not-routed = chamadas da { $provider } seguiram sem destino
incident-webhook-failing = { $destination } { $cause }
incident-webhook-gone = { $destination } respondeu 410: pausado
incident-webhook-paused = { $destination }: pausado há mais de um dia
incident-webhook-not-started = { $destination }: nada sai do webhook
incident-event-failing = { $destination } não aceita um evento
incident-events-dead = eventos não entregues a { $destination }
incident-events-crowded-out = eventos abandonados por excesso de falhas em { $destination }
incident-events-expired = eventos venceram antes da entrega a { $destination }
incident-contact-failing = o contato “{ $name }” não recebe alertas
incident-see-contact = Ver o contato
day-written = { $day }/{ $month }/{ $year }
day-unknown = uma data que não se sabe
day-to-come =
    { $n ->
        [0] hoje ({ $day })
        [one] amanhã ({ $day })
       *[other] em { $n } dias ({ $day })
    }
day-to-come-alone = em { $day }

# As páginas.
incidents-title = Incidentes
incidents-lead-open =
    { $n ->
        [0] Nenhum incidente aberto.
        [one] 1 incidente aberto.
       *[other] { $n } incidentes abertos.
    }
incidents-none = Nenhum incidente aberto
incidents-none-text = O que der errado aparece aqui, com desde quando, o que custa e o que fazer.
incidents-closed-none = Nada se encerrou ainda
incidents-open-tab = Abertos
incidents-closed-tab = Encerrados
incidents-see-closed = Encerrados
incidents-see-all = Ver todos ({ $n })
incident-cost =
    { $cost ->
        [losing] Perdendo agora
        [waiting] Atrasado, sem perda
       *[coming] Vai acontecer
    }
incident-cost-means =
    { $cost ->
        [losing] o que chega nesse meio-tempo, ou já foi, não se recupera sozinho
        [waiting] guardado em disco; segue quando a causa passar
       *[coming] nada foi perdido ainda
    }
incident-of-installation = Toda a instalação
incident-webhooks =
    { $n ->
        [one] { $name }
       *[other] { $n } webhooks
    }
incident-of-company = { $what }, de { $company }
incident-lasted = { $from } a { $to }, { $span }
incident-waiting = Na fila
incident-lost = Perdidos
incident-undelivered = Não entregues
incident-now-webhooks =
    { $n ->
        [one] Agora 1 webhook.
       *[other] Agora { $n } webhooks.
    }
incident-began-about = O início é o último sinal de vida antes de o Ramal parar.
incident-see-webhooks = Ver os webhooks
incident-next-try = Próxima tentativa
incident-not-proven = Ainda não houve nada que mostre que passou: o incidente continua aberto até lá.
incident-unwritten = Este incidente não pôde ser gravado: o banco de dados não grava.
incident-take = Reconhecer
incident-taken = Reconhecido por { $who }
incident-taken-done = Incidente reconhecido.
incident-silence-until = Silenciar até…
incident-silence-hour = 1 hora
incident-silence-day = Amanhã às 8:00
incident-silence-closed = Até resolver
incident-silenced-until = Silenciado até { $until }
incident-silenced-until-closed = Silenciado até resolver
incident-silenced-done = Silenciado: nenhum alerta sai deste incidente até lá.
incident-hear = Reativar
incident-heard-done = O incidente volta a ser ouvido.
incident-note = Anotar: o que você viu ou combinou
incident-note-save = Anotar
incident-note-done = Anotado.
incident-history = O que houve
incident-before = Antes disto
incident-before-none = É a primeira vez.
incident-closed-at = Encerrado { $at }
incident-only-open = Este incidente já se encerrou.
incident-most-waiting =
    { $n ->
        [one] No pico, 1 evento na fila.
       *[other] No pico, { $n } eventos na fila.
    }
incident-over-lasted = Durou { $span }.
incident-most-calls = No pico, { $calls } em uma hora.
incident-most-refused =
    { $n ->
        [one] 1 envio recusado.
       *[other] { $n } envios recusados.
    }
incident-most-lost =
    { $n ->
        [one] 1 evento.
       *[other] { $n } eventos.
    }
incident-step =
    { $step ->
        [opened] Incidente aberto
        [changed] Mudou
        [again] Voltou
        [acknowledged] Reconhecido
        [silenced] Silenciado
        [heard] Reativado
        [noted] Anotação
        [told] Alerta enviado
        [not_told] Alerta não entregue
       *[closed] Encerrado
    }
incident-step-by = { $step } por { $who }
incident-ended =
    { $why ->
        [delivering] O destino voltou a aceitar eventos.
        [connected] A conexão voltou.
        [stopped] Pausado ou desconectado por uma pessoa.
        [gone] Não existe mais, ou leva a outro endereço.
       *[over] Passou.
    }
incidents-heading-losing =
    { $n ->
        [one] 1 incidente perdendo eventos agora
       *[other] { $n } incidentes perdendo eventos agora
    }
incidents-heading-waiting =
    { $first ->
        [yes]
            { $n ->
                [one] 1 incidente atrasado (sem perda)
               *[other] { $n } incidentes atrasados (sem perda)
            }
       *[no]
            { $n ->
                [one] 1 atrasado (sem perda)
               *[other] { $n } atrasados (sem perda)
            }
    }
incidents-heading-coming =
    { $first ->
        [yes]
            { $n ->
                [one] 1 incidente por vir
               *[other] { $n } incidentes por vir
            }
       *[no] { $n } por vir
    }
incidents-heading-and = { $some } e { $last }
incidents-silent =
    { $n ->
        [one] 1 silenciado
       *[other] { $n } silenciados
    }
incidents-count-means =
    { $n ->
        [one] 1 incidente
       *[other] { $n } incidentes
    }
incidents-worst-of = Estão listados os piores, de { $n } ao todo.
incident-kind =
    { $kind ->
        [not_writing] Banco de dados não grava
        [not_ours] Outro processo usa o banco
        [disk_low] Pouco espaço em disco
        [duty_failing] Tarefa falha
        [not_served] Provedor não servido
        [token_refused] Token recusado
        [token_expired] Token vencido
        [token_expires] Token vai vencer
        [gap_open] Sem conexão
        [not_connected] Ainda não conectou
        [silence] Silêncio
        [door_refuses] Porta recusa envios
        [events_refused] Eventos recusados pelo banco
        [events_lost] Eventos perdidos pelo banco
        [calls_not_routed] Chamadas sem destino
        [webhook_not_started] Webhook não iniciado
        [webhook_failing] Webhook falhando
        [webhook_gone] Webhook respondeu 410
        [webhook_paused] Webhook pausado há mais de um dia
        [event_failing] Um evento não é aceito
        [events_dead] Eventos não entregues
        [events_crowded_out] Eventos abandonados
        [events_expired] Eventos vencidos
       *[contact_failing] Contato não recebe alertas
    }
