# Reenviar um período: contar, começar, acompanhar.

replays-title = Reenviar um período
replays-about = Envia de novo a este webhook os eventos de um período, a começar pelo mais antigo; o que chega agora vai na frente. Primeiro os eventos são contados; nada é enviado antes de você confirmar.
replays-past = Reenvios deste webhook
replays-see = Ver reenvios
replays-one = Reenvio
replays-state = Situação
replays-none = Nenhum período foi reenviado
replays-none-text = Os reenvios de um período aparecem aqui, com o andamento e o resultado de cada um.
replay-name = Reenvio { $n }
replay-undelivered = Só o que não foi entregue
replay-undelivered-hint = Sem período, tudo o que está em “Não entregues”, menos o que foi descartado.
replay-note-undelivered = O que já foi entregue não é enviado de novo. O que voltar a falhar continua em “Não entregues”.
replay-undelivered-n = Reenviar só o que não foi entregue ({ $n })
replay-from = De
replay-to = Até
replay-to-hint = Em branco, até agora.
replay-zone = No horário de { $zone }.
replay-events = Tipos de evento
replay-events-hint = Nomes exatos, ou prefixos como call-*. Em branco, todos os que este webhook recebe.
replay-events-all = Todos os que este webhook recebe
replay-rate-hint = No máximo. Em branco, o ritmo do próprio webhook.
replay-rate-free = O ritmo do próprio webhook
replay-as-new = Enviar como eventos novos
replay-as-new-hint = Cada webhook-id ganha um sufixo, para que não sejam descartados como repetidos.
replay-count = Contar os eventos
replay-counted =
    { $n ->
        [0] Nenhum evento seria reenviado
        [one] { $n } evento seria reenviado
       *[other] { $n } eventos seriam reenviados
    }
replay-counted-none = Neste período não há eventos destes tipos. Só entram os tipos que o webhook recebe.
replay-counted-text = O que chegar depois não entra.
replay-range = De
replay-range-to = a
replay-period = Período
replay-note-paused = O webhook está pausado: o reenvio espera até que ele seja retomado.
replay-note-rules = As regras do webhook valem: os eventos que não as cumprem não são reenviados.
replay-note-new = O destino vai recebê-los como eventos novos.
replay-begin =
    { $n ->
        [one] Reenviar { $n } evento
       *[other] Reenviar { $n } eventos
    }
replay-begun = O reenvio começou.
replay-begun-at = Começou
replay-ended-at = Terminou em
replay-by = Por
replay-percent = { $n }%
replay-progress = Andamento do reenvio
replay-total = Previstos
replay-delivered = Entregues
replay-failed = Falhas
replay-skipped = Pulados
replay-state =
    { $state ->
        [running] Em andamento
        [paused] Pausado
        [done] Concluído
       *[cancelled] Cancelado
    }
replay-sentence =
    { $kind ->
        [running] Os eventos novos vão na frente; este reenvio usa o que sobra.
        [webhook-paused] O webhook está pausado: o reenvio espera até que ele seja retomado.
        [webhook-failing] O destino não está aceitando. O reenvio continua quando ele voltar.
        [paused] Nada é reenviado até que você retome.
        [done-with-failures] Todo o período foi percorrido. As falhas estão nas entregas do webhook, com a resposta do destino.
        [done] Todo o período foi percorrido.
       *[cancelled] O que ainda não tinha sido reenviado ficou como estava.
    }
replay-pause = Pausar
replay-pause-done = Reenvio pausado.
replay-resume = Retomar
replay-resume-done = Reenvio retomado.
replay-cancel = Cancelar o reenvio
replay-cancel-text = O que já foi reenviado não volta atrás; o resto não será reenviado. Um reenvio cancelado não pode ser retomado.
replay-cancel-done = Reenvio cancelado.
