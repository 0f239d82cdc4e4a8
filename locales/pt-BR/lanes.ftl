# As raias de uma empresa: fontes, eventos e webhooks num só eixo de tempo.

lanes-key-delivered = entregue, para cima
lanes-key-failed = falha, para baixo; queda
lanes-connected = { $share } do tempo
lanes-a-minute = { $n }/min
lanes-succeeded = { $share } das tentativas
lanes-no-attempt = nenhuma tentativa
lanes-paused = pausado
lanes-paused-by = pausado por { $who }
lanes-since = { $what } desde { $when }
lanes-gap = queda, { $span }
lanes-rest = desligada por { $span }
lanes-restart = Ramal reiniciado
lanes-restart-lasted = Ramal reiniciado, { $span } sem ouvir
lanes-failed =
    { $name }: { $n ->
        [one] { $n } falha
       *[other] { $n } falhas
    }
lanes-change =
    { $action ->
        [webhook-create] { $name } criado por { $who }
        [webhook-delete] { $name } apagado por { $who }
        [webhook-pause] { $name } pausado por { $who }
        [webhook-resume] { $name } retomado por { $who }
        [webhook-rotate-secret] Segredo de { $name } trocado por { $who }
        [source-create] Conexão com a { $name } criada por { $who }
        [source-update] Conexão com a { $name } alterada por { $who }
        [source-delete] Conexão com a { $name } apagada por { $who }
        [source-connect] Conexão com a { $name } ligada por { $who }
        [source-disconnect] Conexão com a { $name } desligada por { $who }
       *[webhook-update] { $name } alterado por { $who }
    }
lanes-said = De { $from } até agora. { $parts }.
lanes-table-source = { $name }: tempo conectado
lanes-table-webhook = { $name }: entregues / falhas
lanes-more =
    Os { $drawn } que vão pior, e mais { $n ->
        [one] { $n } webhook
       *[other] { $n } webhooks
    }.
lanes-no-marks = Nada mudou neste período.
lanes-marks =
    { $n ->
        [one] O que mudou: um acontecimento
       *[other] O que mudou: { $n } acontecimentos
    }
lanes-marks-newest = O que mudou: os { $n } últimos de { $all } acontecimentos
lanes-click = Clique numa coluna para ver os eventos dela.
