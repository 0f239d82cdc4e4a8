# Onde uma fonte está, e o que fazer.

status-not-served = Esta versão do Ramal não serve o provedor “{ $provider }”: nada chega desta fonte.
status-door-closed = Desligado: os envios são recusados.
status-door-open = Pronto para receber.
status-stopped = Desconectado.
status-connecting = Conectando…
status-connected = Conectado.
status-connected-foreign = Conectado, mas os eventos são da empresa { $found } da { $provider }: confira o ID e o token.
status-waiting = Sem conexão: { $cause }. Uma nova tentativa já está marcada.
status-refused = { $refused } Ao salvar um token novo, o Ramal conecta sozinho.
token-refused = Token inválido: a { $provider } recusou o token{ $said }. Confira o token e se a empresa está ativa na { $provider }.

# Por que uma conexão caiu ou não se fez.
status-cause =
    { $word ->
        [dial] o servidor não pôde ser alcançado
        [dns] o nome do servidor não foi encontrado
        [tls] não foi possível negociar uma conexão segura com o servidor
        [not_permitted] o endereço do servidor não está na internet pública, e a configuração do Ramal não o permite ([guard] allow)
        [upgrade] o servidor não aceitou um WebSocket
        [handshake_timeout] o servidor não respondeu a tempo
        [ping_timeout] o servidor ficou em silêncio
        [transport_close] o servidor fechou a conexão
        [transport_error] a conexão caiu
        [server_disconnect] o servidor encerrou a sessão
        [message_too_large] uma mensagem passou do limite de tamanho
        [message_overdue] uma mensagem grande começou e não terminou a tempo
        [protocol] o servidor não falou Socket.IO 5
        [overload] os eventos chegaram mais rápido do que se gravam
        [process_ended] Ramal parado
        [shutdown] Ramal reiniciado
        [refused_by_database] o banco de dados recusou o conteúdo de alguns eventos
        [lost_by_database] o banco de dados voltou sem eventos que já tinha gravado
        [disowned] outro processo assumiu esta empresa
        [stopped] encerrada por uma pessoa
        [none] sem motivo conhecido
       *[other] { $reason }
    }

# O teste de um token e de um endereço.
connection-works = O token foi aceito e a conexão foi aberta.
connection-not-permitted = Sem conexão: { $cause }.
connection-failed = Sem conexão: { $cause }. Confira o endereço e a rede.
status-as-written = Último estado gravado: { $said }
