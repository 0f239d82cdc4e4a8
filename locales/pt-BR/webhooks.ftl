# Os webhooks de uma empresa: saúde, entregas, o que falhou.

webhooks-title = Webhooks
webhooks-none = Nenhum webhook ainda
webhooks-none-text = Um webhook recebe, por POST, os eventos desta empresa que você escolher.
webhooks-none-text-all = Um webhook recebe, por POST, os eventos de uma empresa que você escolher. Ele se cria na página da empresa.
webhooks-none-found = Nenhum webhook encontrado
webhooks-none-found-text = Nenhum webhook que você vê atende a todos os filtros.
webhooks-search-what = Nome, URL ou ID
webhooks-search-what-all = Nome, empresa, URL ou ID
webhooks-are =
    { $state ->
        [failing] Falhando
        [unsteady] Instável
        [paused] Pausado
       *[well] Em ordem
    }
webhooks-sort-by =
    { $by ->
        [state] Piores primeiro
        [name] Empresa e nome
        [backlog] Maior fila
       *[success] Última entrega
    }
webhooks-count =
    { $n ->
        [one] { $n } webhook
       *[other] { $n } webhooks
    }
webhooks-count-of =
    { $total ->
        [one] { $n } de { $total } webhook
       *[other] { $n } de { $total } webhooks
    }
webhook-elsewhere = Em outro processo

webhook-name = Nome
webhook-url = URL
webhook-events = Eventos
webhook-health = Saúde
webhook-backlog = Na fila
webhook-oldest = o mais antigo
webhook-backlog-means = ainda não entregues: esperam a vez, ou a próxima tentativa
webhook-held = Com falha, em nova tentativa
webhook-held-means = deixados de lado para não parar os outros; serão tentados de novo
webhook-dead = Não entregues
webhook-dead-means = não serão tentados de novo sozinhos
webhook-last-success = Última entrega
webhook-last-failure = Última falha
webhook-ready = Pronto para receber
webhook-undelivered = Nada entregue
webhook-healthy = Em dia
webhook-unstable = Instável ({ $share }% na última hora)
webhook-slow = Mais lento
webhook-failing = Falhando
webhook-paused = Pausado
webhook-paused-by = Pausado por { $who }, { $when }.
webhook-identity = O que é
webhook-since = Desde
webhook-next-try = Próxima tentativa às { $time }.
webhook-step-resume = Nada se perde: os eventos esperam na fila e saem quando você retomar, em ordem por chamada.
webhook-step-failures = Veja o que o destino respondeu às últimas tentativas.
webhook-step-dead =
    { $n ->
        [one] { $n } evento não foi entregue e não será tentado de novo sozinho. Veja por quê e reenvie.
       *[other] { $n } eventos não foram entregues e não serão tentados de novo sozinhos. Veja por quê e reenvie.
    }
webhook-reach-link = Conferir se o endereço responde
webhook-reach-awaited = Conferindo se o endereço responde…
webhook-reached = O endereço responde: conexão em { $connect }.
webhook-reached-tls = O endereço responde: conexão em { $connect }, TLS em { $tls }.
webhook-reached-advice = Só a conexão foi verificada, sem enviar nada. Um teste mostra o que o destino responde a um evento.
webhook-unreached =
    { $cause ->
        [dns] O nome { $host } não foi encontrado (DNS).
        [dns_timeout] O nome { $host } não foi resolvido a tempo (DNS).
        [not_permitted] { $host } não está na internet pública e não foi liberado.
        [connect_refused] Ninguém atende em { $at } (conexão recusada).
        [connect_timeout] { $at } não aceitou a conexão a tempo.
        [proxy] O proxy não pode ser alcançado, ou não se conecta a { $at }.
        [tls_certificate] { $at } atende, mas o certificado não é válido (TLS): vencido, de outro nome ou de uma autoridade desconhecida aqui (extra_ca_file acrescenta uma).
        [tls_client_certificate] { $at } atende, mas exige um certificado de cliente (TLS).
        [tls] { $at } atende, mas não foi possível negociar uma conexão segura (TLS).
        [tls_timeout] { $at } atende, mas a conexão segura não foi negociada a tempo (TLS).
       *[other] Não foi possível alcançar { $at }.
    }
webhook-see-failures = Ver as falhas
webhook-see-dead = Ver os não entregues
webhook-pause = Pausar
webhook-pause-reason = Motivo
webhook-pause-hint = Aparece para quem abrir esta página. Nada se perde enquanto estiver pausado.
webhook-pause-done = Webhook pausado. Os eventos esperam na fila.
webhook-try-now = Tentar agora
webhook-try-now-done = O que falhou está sendo tentado agora.
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
webhook-discard-none = Nada a descartar: nenhum destes eventos está com falha ou não entregue.

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
attempt-from = Origem
attempt-why = Motivo
attempt-status = HTTP { $status }
attempt-no-answer = Sem resposta
attempt-redirect = Redirecionamento para { $to }, que não é seguido
attempt-ms = { $ms } ms
attempt-nth = { $n }ª
attempt-shown = A entrega escolhida
attempt-request = Ver o que foi enviado
attempt-n = tentativa { $n }
attempt-origin =
    { $origin ->
        [resend] Reenvio
        [replay] Reenvio de período
        [test] Teste
       *[live] Ao vivo
    }
phase-dns = DNS
phase-connect = Conexão
phase-tls = TLS
phase-first-byte = Primeiro byte
phase-total = Total

held-title = Eventos com falha
held-states = Situação
held-state =
    { $state ->
        [dead] Não entregues
        [retrying] Tentando de novo
        [alone] Tentando, sem segurar os outros
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
        [crowded_out] Havia eventos demais com falha
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
delivery-request-text = Como seria enviada agora: o conteúdo deste evento, com o destino e as credenciais atuais.
delivery-masked = Os valores da URL depois de “?” e os segredos estão mascarados (***, …).
delivery-curl-masked = No curl também: troque as máscaras pelos valores verdadeiros antes de usá-lo.
delivery-cut = O corpo é maior do que cabe nesta página; este é o começo.
delivery-curl = Copiar como curl
delivery-curl-show = Ver como curl
delivery-resend = Reenviar
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

webhooks-new = Novo webhook
webhook-new = Novo webhook
webhook-edit = Editar webhook
webhook-save = Salvar
webhook-created = Webhook criado. Ele recebe os eventos que chegarem de agora em diante.
webhook-created-title = Webhook criado
webhook-saved = Webhook salvo. Os eventos escolhidos e as regras valem para o que chegar de agora em diante.
webhook-all-types = Todos os eventos (*)
webhook-all-types-hint = Também os tipos que surgirem depois. Com esta caixa marcada, nada mais precisa ser escolhido.
webhook-types-chosen = { $chosen } de { $all }
webhook-types-all = todos
webhook-types-whole = Todos os { $types }
webhook-types-whole-hint = Também os que surgirem com este começo.
webhook-types-others = Outros
webhook-find-type = Buscar um tipo de evento
webhook-more = Outros tipos
webhook-more-hint = Nomes exatos, ou prefixos como call-*. Um por linha.
webhook-more-wrong =
    { $n ->
        [one] { $types } não é um tipo de evento: use o nome exato, ou um prefixo como call-*.
       *[other] { $types } não são tipos de evento: use nomes exatos, ou prefixos como call-*.
    }
webhook-anyway = Salvar mesmo assim
webhook-anyway-hint = O provedor pode ter tipos novos. Se o nome estiver errado, este webhook não recebe nada por ele.
webhook-events-none = Escolha pelo menos um evento.
webhook-rules = Regras
webhook-rules-hint = O evento só é enviado se todas as regras do tipo dele forem cumpridas. O campo é um caminho no conteúdo, como callHistory.status. Para retirar uma regra, esvazie a linha.
webhook-rules-means = Os eventos destes tipos que não as atendem não são enviados.
webhook-rules-edit = Editar as regras
webhook-rule = Regra { $n }
webhook-rule-event = Tipo de evento
webhook-rule-path = Campo
webhook-rule-operator = Condição
webhook-rule-value = Valor
webhook-type-seen =
    { $n ->
        [one] { $n } recente
       *[other] { $n } recentes
    }
webhook-sample = Criar uma regra a partir de um exemplo
webhook-sample-button = Ver um evento recente
webhook-sample-pick = Clique num valor para fazer dele uma regra.
webhook-sample-made = Regra criada: #
webhook-sample-none = Nenhum evento recente deste tipo.
webhook-sample-later = Quando os primeiros eventos chegarem, será possível criar regras clicando nos valores de um exemplo.
webhook-bearer = Autenticação (Bearer)
webhook-bearer-hint = Enviado como Authorization: Bearer. É guardado cifrado.
webhook-bearer-kept = Já há um: { $mask }. Deixe em branco para mantê-lo.
webhook-bearer-clear = Retirar o token atual
webhook-sign = Assinatura (HMAC)
webhook-sign-hint = Assina cada requisição. O segredo é criado agora e mostrado uma única vez.
webhook-kept-headers = Cabeçalhos mantidos
webhook-headers = Cabeçalhos a acrescentar
webhook-headers-hint = Um por linha, como X-Chave: valor, enviado com as letras que você escrever. Um User-Agent seu substitui o do Ramal. Os valores são guardados cifrados.
webhook-format = Formato do corpo
webhook-format-of =
    { $format ->
        [ramal] Ramal: event, payload e meta
        [native] Como os webhooks da própria { $provider }
        [socket2webhook] socket2webhook: event_type, company_id, timestamp e data
       *[cloudevents] CloudEvents 1.0
    }
webhook-rate = Requisições por segundo
webhook-rate-hint = No máximo. Em branco, sem limite.
webhook-concurrency = Requisições ao mesmo tempo
webhook-concurrency-hint = De 1 a 512.
webhook-timeout = Tempo limite, em segundos
webhook-timeout-hint = De 1 a 60, até o último byte da resposta.
webhook-ordered = Manter a ordem
webhook-ordered-hint = Os eventos de uma mesma chamada, conversa ou agente saem um de cada vez, na ordem em que chegaram.
webhook-preview = Prévia
webhook-redact = Campos que não saem
webhook-redact-hint = Nomes de campos, um por linha. Onde quer que estejam no conteúdo, o valor enviado é "***". Vale para o que chegar depois de salvar.
webhook-retry = Novas tentativas, em segundos
webhook-retry-hint = A pausa antes de cada nova tentativa, de 1 a 86400, até 20. Depois da última, o evento fica como não entregue. Em branco, o plano de costume.
webhook-preview-none = Mostra aqui o corpo e os cabeçalhos de uma entrega com o que está preenchido, sem enviar nem gravar nada.
webhook-preview-text = O corpo e os cabeçalhos, com o último evento desta empresa. Nada foi enviado nem gravado.
webhook-preview-text-new = O corpo e os cabeçalhos, com o último evento desta empresa. A assinatura e o webhook_id são definidos ao salvar. Nada foi enviado nem gravado.
webhook-preview-button = Ver a prévia
webhook-delete = Apagar webhook
webhook-delete-goes = O webhook { $name }, suas configurações e seus segredos.
webhook-delete-queue = O que espera por ele, e não será enviado: { $waiting }.
webhook-delete-stays = Os eventos da empresa continuam guardados.
webhook-deleted = Webhook apagado.

webhook-set-limits = Limites
webhook-set-pace =
    { $n ->
        [one] Uma requisição de cada vez, sem limite por segundo; cada resposta em até { $timeout }.
       *[other] Até { $n } requisições ao mesmo tempo, sem limite por segundo; cada resposta em até { $timeout }.
    }
webhook-set-pace-bounded =
    { $n ->
        [one] Uma requisição de cada vez, até { $rate } por segundo; cada resposta em até { $timeout }.
       *[other] Até { $n } requisições ao mesmo tempo e { $rate } por segundo; cada resposta em até { $timeout }.
    }
webhook-set-ordered = Em ordem: os eventos de uma mesma chamada, conversa ou agente saem um de cada vez.
webhook-set-unordered = Sem manter a ordem.
webhook-set-plan = Novas tentativas
webhook-set-retries =
    { $n ->
        [one] Mais { $n } tentativa, depois de { $pauses }; então o evento fica como não entregue.
       *[other] Mais { $n } tentativas, depois de { $pauses }; então o evento fica como não entregue.
    }

webhook-skip = Pular a fila
webhook-skip-title = Pular a fila de { $name }?
webhook-skip-nothing = Não há nada na fila para pular.
webhook-skip-goes = Não será enviado a este webhook o que está na fila até o evento { $to }: { $waiting }.
webhook-skip-until = Esse evento foi recebido em { $when }. O que já está sendo enviado termina.
webhook-skip-kept = Nada é apagado: os eventos continuam guardados, aparecem como “Pulado” e podem ser reenviados, um a um ou por período, até o fim do prazo de retenção.
webhook-skip-held =
    { $n ->
        [one] { $n } evento com falha ou não entregue não está na fila e continua como está.
       *[other] { $n } eventos com falha ou não entregues não estão na fila e continuam como estão.
    }
webhook-skip-later = O que chegar depois desse evento é enviado normalmente.
webhook-skip-done = A fila foi pulada até o evento { $to }.

secret-title = Segredo da assinatura
secret-none = Este webhook ainda não assina suas requisições.
secret-now = Assinando agora:
secret-overlap = Manter o segredo antigo por (horas)
secret-overlap-hint = Por quanto tempo o segredo antigo continua assinando ao lado do novo. De 0 a 720.
secret-own = Usar este segredo
secret-own-hint = Em branco, um segredo novo é criado aqui e mostrado uma única vez. Se o segredo é base64, escreva whsec_ antes dele, aqui e no destino: sem isso o Ramal assina com o próprio texto, e as bibliotecas do Standard Webhooks o decodificam.
secret-button = Trocar o segredo
secret-begin = Assinar
secret-done = O novo segredo já assina as requisições.
secret-done-title = Segredo trocado
secret-once = Copie o segredo agora: ele não será mostrado de novo.

verify-title = Como verificar a assinatura
verify-text = Cada requisição traz o cabeçalho X-Signature-SHA256: o HMAC-SHA256 do corpo, em hexadecimal, com o segredo como chave. Confira-o sobre os bytes exatos do corpo, antes de interpretá-lo, e compare em tempo constante.
verify-standard = Há também webhook-id, webhook-timestamp e webhook-signature, do padrão Standard Webhooks. Enquanto um segredo é trocado, o antigo assina em X-Signature-SHA256-Previous.
verify-unsigned = Este webhook não tem segredo: suas requisições não são assinadas.
verify-copy = Copiar o código em { $language }

test-title = Enviar teste
test-event = Tipo de evento
test-event-hint = Escolha na lista ou digite outro. É enviado agora o evento mais recente deste tipo que este webhook receberia, como chegou; sem nenhum, um exemplo. O cabeçalho X-Ramal-Test: true diz que é um teste: um destino que não olha para ele o trata como qualquer outro evento.
test-made-of =
    { $made ->
        [event] Foi enviado o evento { $id } ({ $type }), recebido em { $when }: o mesmo corpo de uma entrega, com um webhook-id só deste teste.
        [example] Não há evento recente do tipo { $type } que este webhook receberia: foi enviado o exemplo da documentação do provedor.
        [payload] Foi enviado o conteúdo dado, como { $type }.
       *[placeholder] Não há evento recente do tipo { $type } que este webhook receberia, nem exemplo na documentação: foi enviado um conteúdo mínimo.
    }
test-see-event = Ver o evento
test-delivered = O destino aceitou o teste: HTTP { $status }
test-refused = O destino recusou o teste: HTTP { $status }
test-refused-advice = A resposta abaixo costuma dizer por quê.
test-unanswered = O teste não teve resposta
test-timing = Tempos
test-answer = Resposta

webhook-edit-button = Editar
webhook-signature = Assinatura
webhook-unsigned = Sem assinatura.
