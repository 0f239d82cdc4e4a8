# O que se diz da Colmeia.

colmeia-secret-expected = um segredo de até 200 caracteres ASCII visíveis
colmeia-secret-characters = O segredo só tem caracteres ASCII visíveis, porque vai em um cabeçalho.
colmeia-secret-unknown = cabeçalho com o segredo ausente ou inválido
colmeia-header-expected = o nome de um cabeçalho
colmeia-header-name = Isto não é o nome de um cabeçalho, ou é um que diz outra coisa em todo pedido.
colmeia-token-expected = um token de até 4.096 caracteres ASCII visíveis
colmeia-token-characters = O token só tem caracteres ASCII visíveis, porque vai em um cabeçalho.
colmeia-halt-expected = uma destas palavras: haltResume, botHalt
colmeia-id-expected = um id de até 128 caracteres ASCII visíveis
colmeia-id-characters = O id só tem caracteres ASCII visíveis, porque vai em um cabeçalho.
colmeia-too-long = deve ter no máximo { $most } caracteres

# O que há de errado com uma ação: predicados, depois do nome do campo.
colmeia-sdp-long = tem mais de { $most } bytes
colmeia-sdp-none = não é uma descrição de sessão (SDP): não começa com v=0
colmeia-sdp-media = deve descrever exatamente uma mídia, o áudio
colmeia-sdp-refused = recusa o áudio: a porta é 0
colmeia-sdp-codec = deve oferecer opus a 48 kHz (opus/48000/2)
colmeia-sdp-fingerprint = não tem a impressão digital SHA-256
colmeia-sdp-setup = deve dizer a=setup:active ou a=setup:passive
colmeia-sdp-ice = não tem usuário e senha do ICE
colmeia-sdp-candidates = não tem candidatos: foi enviado antes de reuni-los
colmeia-sdp-unasked = só cabe no atendimento
colmeia-no-conversation = não diz a conversa, sem a qual o provedor não pode ser avisado
colmeia-halt-kept = precisa de { $field } como campo da pausa do bot

# As configurações.
colmeia-secret-header = Cabeçalho do segredo
colmeia-secret = Segredo
colmeia-secret-hint = Como foi definido na rota de conexão da Colmeia. Vazio, um é criado aqui.
colmeia-api = API de Calling
colmeia-api-dev = Desenvolvimento (dev-api)
colmeia-api-beta = Homologação (beta-api)
colmeia-api-production = Produção (api)
colmeia-api-token = Token da API de Calling
colmeia-api-token-hint = Sem ele, as chamadas não podem ser atendidas aqui.
colmeia-api-token-remove = Remover o token
colmeia-halt = Campo da pausa do bot
colmeia-halt-usual = Como no guia
colmeia-social-network = Id da rede (idSocialNetwork)

colmeia-ice-expected = até 8 endereços como stun:host:3478 ou turn:host:3478, ou none
colmeia-ice-server = { $server } não é um endereço como stun:host:3478 ou turn:host:3478?transport=udp.
colmeia-turn-expected = um texto de até 512 caracteres
colmeia-turn-characters = Não pode ter caracteres de controle.
colmeia-ice = Servidores STUN e TURN (ICE)
colmeia-ice-hint = Por onde o navegador de quem atende acha o caminho da voz, separados por vírgulas. Escreva none para não usar nenhum.
colmeia-turn-user = Usuário do TURN
colmeia-turn-password = Senha do TURN
colmeia-turn-password-hint = Chega ao navegador de quem atende uma chamada, e só a ele.
colmeia-turn-password-remove = Remover a senha
colmeia-relay-only = Voz só pelo TURN
colmeia-relay-only-hint = Para redes em que nada mais passa.

# A demonstração.
colmeia-example = um evento da Colmeia
colmeia-example-call = uma chamada no provedor simulado, que toca em Atender (ninguém fala do outro lado)

# O provedor simulado.
colmeia-listening = A API de Calling está em http://{ $address }/v1/rest/calling/event; as chamadas são enviadas a { $url }

# O que cada tipo de evento significa.
colmeia-event-type =
    { $name ->
        [bot_req_call] Um bot pediu uma chamada; alguém precisa estar pronto para ela
        [connect] A chamada toca; a partir daqui pode ser atendida
        [ringing] A chamada toca do outro lado
        [accept] A chamada foi atendida
        [reject] A chamada foi recusada
        [hangup] A chamada terminou
        [accept-sent] O Ramal atendeu a chamada na Colmeia, que aceitou
        [accept-failed] A Colmeia não aceitou o atendimento; o evento diz por quê
        [reject-sent] O Ramal recusou a chamada na Colmeia, que aceitou
        [reject-failed] A Colmeia não aceitou a recusa; o evento diz por quê
        [hangup-sent] O Ramal encerrou a chamada na Colmeia, que aceitou
        [hangup-failed] A Colmeia não aceitou o fim da chamada; o evento diz por quê
       *[other] { $name }
    }

# As colunas do quadro.
colmeia-board-requested = Pedidas
colmeia-board-ringing = Tocando
colmeia-board-ongoing = Em conversa
colmeia-board-finished = Encerradas hoje
