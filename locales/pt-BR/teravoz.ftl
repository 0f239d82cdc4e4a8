# O que se diz da Teravoz.

teravoz-key-expected = uma chave de 8 a 64 letras, algarismos, "-", ".", "_" ou "~"
teravoz-key-length = Uma chave tem de { $least } a { $most } caracteres; esta tem { $given }.
teravoz-key-characters = Uma chave só tem letras sem acento, algarismos, "-", ".", "_" e "~", pois fica no endereço.
teravoz-key-unknown = a chave do endereço está ausente ou é inválida
teravoz-too-long = deve ter no máximo { $most } caracteres

# O que os documentos imprimem para o que não é aceito em /api/client/webhook.
teravoz-webhook-invalid = Parâmetro(s) do webhook inválido
teravoz-webhook-failed = Houve um erro
teravoz-field-missing = o campo { $field } é obrigatório!
teravoz-path-unknown = este caminho não existe

# Seus ajustes.
teravoz-key = Chave no endereço
teravoz-key-hint = De 8 a 64 letras, algarismos, “-”, “.”, “_” ou “~”. Sem chave a fonte fica aberta: quem conhece um de seus endereços pode enviar eventos.
teravoz-key-remove = Remover a chave: a fonte fica aberta
teravoz-actions-url = URL das ações
teravoz-actions-url-hint = Onde o Ramal diz à Teravoz para qual fila vai uma chamada, como https://api.teravoz.com.br/actions. Vazio, ninguém é avisado.
teravoz-actions-user = Usuário das ações
teravoz-actions-password = Senha das ações
teravoz-password-remove = Remover a senha
teravoz-delegate = Nome da ação
teravoz-delegate-usual = Conforme a URL
teravoz-queue-known = Fila de quem já é conhecido
teravoz-queue-new = Fila de quem é novo
teravoz-route = Encaminhar a uma fila as chamadas em espera
teravoz-route-hint = Precisa da URL das ações.
teravoz-websocket-listen = Endereço do WebSocket
teravoz-websocket-listen-hint = Um endereço IP com porta, como 127.0.0.1:4000, em que qualquer caminho é o WebSocket das chamadas.
teravoz-user-expected = um usuário de no máximo 200 caracteres, sem “:”
teravoz-user-colon = Um usuário não tem “:”, que o separa da senha.
teravoz-password-expected = uma senha de no máximo 200 caracteres
teravoz-delegate-expected = uma destas palavras: call.waiting, delegate
teravoz-queue-expected = uma fila de no máximo 64 caracteres

# A demonstração.
teravoz-example = um evento da Teravoz
teravoz-example-call = uma chamada na central simulada, que a envia (depois call.standby, e assim por diante)

# A central simulada.
teravoz-listening = A central está em http://{ $address }/ e envia para { $url }

# O que significa cada tipo de evento.
teravoz-event-type =
    { $name ->
        [call-new] Chamada criada; o primeiro evento de sua vida
        [call-standby] A chamada espera que se decida para onde vai
        [call-waiting] A chamada espera em uma fila, ou está chamando
        [call-ongoing] A conversa começou
        [call-overflow] A fila transbordou: a chamada segue para outro destino
        [call-follow-me] A chamada foi encaminhada a um número externo
        [call-queue-abandon] Quem ligou desligou enquanto esperava na fila
        [call-finished] Chamada encerrada
        [call-recording-available] A gravação da chamada está disponível; vem depois do encerramento
        [call-data-provided] Quem ligou digitou um dado, como a nota de uma pesquisa
        [call-cpf-provided] Quem ligou digitou o CPF
        [call-cnpj-provided] Quem ligou digitou o CNPJ
        [actor-logged-in] O agente entrou em uma fila; um evento por fila
        [actor-logged-out] O agente saiu de uma fila; um evento por fila
        [actor-paused] O agente entrou em pausa
        [actor-unpaused] O agente voltou da pausa
        [actor-ringing] O telefone do agente está tocando
        [actor-noanswer] O agente não atendeu
        [actor-entered] O agente atendeu a chamada
        [actor-left] O agente desligou ou transferiu; pode haver outra entrada depois
        [peer-ringing] Um ramal fora das filas está tocando
        [dialer-attempt] O discador está ligando para um número
        [dialer-success] O discador completou a ligação: o código pedido passa a ter uma chamada
        [dialer-failure] O discador não completou a ligação; o motivo vem no evento
        [dialer-expired] O prazo do pedido ao discador acabou
        [dialer-exceeded] O discador usou todas as tentativas do pedido
        [delegate-sent] O Ramal disse à Teravoz para qual fila vai a chamada, e ela aceitou
        [delegate-failed] A Teravoz não aceitou o destino da chamada; o evento diz por quê e se foi a última tentativa
        [delegate-expired] O prazo da Teravoz para saber o destino da chamada acabou
       *[other] { $name }
    }

# As colunas do quadro.
teravoz-board-new = Nova
teravoz-board-standby = Sem destino
teravoz-board-waiting = Na espera
teravoz-board-ongoing = Em conversa
teravoz-board-finished = Encerradas hoje
