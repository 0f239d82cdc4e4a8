# Os webhooks de uma empresa: saúde, entregas, retidos.

webhooks-title = Webhooks
webhooks-crumbs = Onde você está
webhooks-none = Nenhum webhook ainda
webhooks-none-text = Um webhook recebe, por POST, os eventos desta empresa que você escolher.

webhook-name = Nome
webhook-url = URL
webhook-events = Eventos
webhook-health = Saúde
webhook-backlog = Na fila
webhook-oldest = o mais antigo
webhook-held = Retidos
webhook-dead = Não entregues
webhook-last-success = Última entrega
webhook-last-failure = Última falha
webhook-healthy = Entregando
webhook-slow = Mais lento
webhook-failing = Falhando
webhook-paused = Pausado
webhook-paused-because = Pausado: { $reason }
webhook-step-resume = Nada se perde: os eventos esperam na fila e saem em ordem quando você retomar.
webhook-step-failures = Veja o que o destino respondeu às últimas tentativas.
webhook-step-dead =
    { $n ->
        [one] { $n } evento não foi entregue e não será tentado de novo sozinho. Veja por quê e reenvie.
       *[other] { $n } eventos não foram entregues e não serão tentados de novo sozinhos. Veja por quê e reenvie.
    }
webhook-see-failures = Ver as falhas
webhook-see-dead = Ver os não entregues
webhook-pause = Pausar
webhook-pause-reason = Motivo
webhook-pause-hint = Aparece para quem abrir esta página. Nada se perde enquanto estiver pausado.
webhook-pause-done = Webhook pausado. Os eventos esperam na fila.
webhook-resume = Retomar
webhook-resume-done = Webhook retomado.
webhook-resend-done =
    { $n ->
        [one] { $n } evento enviado de novo. O resultado aparece nas entregas.
       *[other] { $n } eventos enviados de novo. Os resultados aparecem nas entregas.
    }
webhook-resend-none = Nada a reenviar: o evento ainda está na fila e sairá na vez dele.
webhook-discard-done =
    { $n ->
        [one] { $n } evento descartado. Ele está em "Não entregues" e pode ser reenviado.
       *[other] { $n } eventos descartados. Eles estão em "Não entregues" e podem ser reenviados.
    }
webhook-discard-none = Nada a descartar: nenhum destes eventos está retido.

attempts-title = Entregas recentes
attempts-filter = Filtrar as entregas
attempts-all = Todas
attempts-delivered = Entregues
attempts-failed = Falhas
attempts-none = Nenhuma entrega ainda
attempts-none-text = Cada tentativa de entrega aparece aqui com a resposta do destino.
attempts-none-such = Nenhuma entrega assim
attempts-none-such-text = Nenhuma tentativa teve este resultado. Escolha outro filtro.
attempt-when = Quando
attempt-event = Evento
attempt-answer = Resposta
attempt-lasted = Duração
attempt-why = Motivo
attempt-status = HTTP { $status }
attempt-no-answer = Sem resposta
attempt-ms = { $ms } ms
attempt-n = tentativa { $n }
attempt-origin =
    { $origin ->
        [resend] Reenvio
        [replay] Repetição
        [test] Teste
       *[live] Ao vivo
    }
phase-dns = DNS
phase-connect = Conexão
phase-tls = TLS
phase-first-byte = Primeiro byte
phase-total = Total

held-title = Eventos retidos
held-states = Situação
held-state =
    { $state ->
        [dead] Não entregues
        [retrying] Tentando de novo
        [alone] Tentando à parte
       *[waiting] Esperando a vez
    }
held-about =
    { $state ->
        [dead] Não serão tentados de novo sozinhos. Reenvie quando o destino estiver pronto.
        [retrying] Falharam e serão tentados de novo em instantes; os da mesma chamada esperam por eles.
        [alone] Continuam sendo tentados, sem segurar outros eventos.
       *[waiting] Esperam um evento anterior da mesma chamada, conversa ou agente.
    }
held-reason =
    { $reason ->
        [failed] A requisição falhou
        [lane_busy] Há um evento anterior da mesma chamada
        [rejected] Recusado pelo destino
        [exhausted] Todas as tentativas foram usadas
        [crowded_out] Havia eventos retidos demais
        [expired] O prazo de retenção acabou
       *[discarded] Descartado por uma pessoa
    }
held-choose = Escolher
held-attempts = Tentativas
held-since = Desde
held-next = Próxima
held-none = Nenhum evento aqui
held-none-text = Os eventos que o destino não aceitou, ou que esperam por outro, aparecem aqui.
held-resend = Reenviar os marcados
held-discard = Descartar os marcados

delivery-received = recebido
delivery-attempts = Tentativas
delivery-no-attempts = Nenhuma requisição foi feita para este evento.
delivery-answer = Começo da resposta
delivery-request = Requisição
delivery-request-text = Como seria enviada agora: o conteúdo deste evento, com o destino e as credenciais atuais. Os segredos estão mascarados.
delivery-cut = O corpo é maior do que cabe nesta página; este é o começo.
delivery-curl = Copiar como curl
delivery-curl-show = Ver como curl
delivery-resend = Reenviar
fate-delivered = Entregue
fate-delivered-text = Entregue em { $time }, tentativa { $n }, HTTP { $status }.
fate-pending = Na fila
fate-pending-text =
    { $n ->
        [0] Ainda não chegou a vez dele.
       *[other] Está sendo enviado; tentativas até agora: { $n }.
    }
fate-paused = Pausado
fate-paused-text = O webhook está pausado; o evento sai quando ele for retomado.
fate-held = Retido
fate-held-until = { $reason }. Tentativas: { $n }. A próxima é em { $time }.
fate-held-text = { $reason }. Tentativas: { $n }. Espera a vez.
fate-dead = Não entregue
fate-dead-text = { $reason }. Tentativas: { $n }. Não será tentado de novo sozinho.
fate-not-sent = Não enviado
fate-not-subscribed = Este webhook não recebia este tipo de evento (revisão { $revision }).
fate-rule = Barrado pela regra { $path } { $operator } { $value } (revisão { $revision }): o valor era { $found }.
fate-rule-absent = Barrado pela regra { $path } { $operator } { $value } (revisão { $revision }): o evento não tem este campo.
fate-before-start = O evento chegou antes de o webhook ser criado.
fate-skipped = Pulado por uma pessoa.
fate-expired = O evento já foi apagado pelo prazo de retenção.
fate-settled = Resolvido há tanto tempo que as tentativas já não são guardadas.
rule-operator =
    { $operator ->
        [equals] é igual a
        [not_equals] é diferente de
        [greater_than] é maior que
        [less_than] é menor que
        [contains] contém
        [not_contains] não contém
       *[exists] existe
    }
