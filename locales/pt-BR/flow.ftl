# O desenho da linha de uma empresa.

flow-title = A linha: o que chega, e o que sai para cada webhook
flow-events =
    { $n ->
        [0] nenhum evento/min
        [one] { $n } evento/min
       *[other] { $n } eventos/min
    }
flow-way =
    { $way ->
        [paused] Pausado
        [slow] Mais lento
        [unsteady] Instável
       *[fails] Falhando
    }
flow-waiting = { $n } na fila
flow-a-minute = { $n }/min
flow-nowhere = Nenhum webhook: os eventos só ficam guardados.
flow-more =
    { $n ->
        [one] e mais 1 webhook
       *[other] e mais { $n } webhooks
    }
