# O que se diz da 3C Plus.


# Os campos de uma conta.
threecplus-account = ID 3C Plus
threecplus-account-hint = O número da empresa na 3C Plus. Eventos de outra empresa são marcados com um aviso.
threecplus-account-hint-new = O número da empresa na 3C Plus. Sem o token, deixe em branco também: a conta pode ser adicionada depois.
threecplus-token-expected = um token de 8 a 4096 caracteres sem espaços
threecplus-token = Token de API
threecplus-token-hint = É gerado no painel da 3C Plus. Fica guardado cifrado.
threecplus-token-hint-new = É gerado no painel da 3C Plus e fica guardado cifrado. Para adicionar a conta depois, deixe em branco junto com o ID.
threecplus-url-expected = uma URL completa que começa com https:// ou http:// ou wss:// ou ws://, sem usuário, senha nem parâmetros
threecplus-server = Servidor
threecplus-agent = ID do agente
threecplus-agent-hint = Só quando o token é de um agente.
threecplus-day-expected = um dia, como "2026-12-31"
threecplus-day = Validade do token
threecplus-day-hint = O último dia. O Ramal avisa 30, 14 e 3 dias antes.
threecplus-switch-expected = true nem false
threecplus-switch = Conectar logo depois de salvar
threecplus-digits-expected = um texto só de dígitos

# Os servidores.
threecplus-server-usual = Padrão
threecplus-server-former = Endereço antigo
threecplus-server-new = Novo endereço
threecplus-server-cluster2 = Cluster 2 (a empresa precisa estar nele)

# Por que uma configuração é recusada.
threecplus-url-unreadable = Isto não é uma URL. Exemplo: https://socket.3c.plus
threecplus-url-scheme = A URL do socket deve começar com https://, wss://, http:// ou ws://, e não { $scheme }://.
threecplus-url-host = A URL do socket não tem servidor.
threecplus-url-credentials = A URL do socket não pode ter usuário nem senha.
threecplus-url-query = A URL do socket termina antes do `?`: o token tem um campo próprio.
threecplus-url-length = A URL do socket tem mais de { $most } bytes.
threecplus-token-empty = Informe o token de API.
threecplus-token-length = O token tem { $given } caracteres; um token da 3C Plus tem de { $least } a { $most }.
threecplus-token-space = O token tem um espaço ou quebra de linha no caractere { $at }.
threecplus-token-character = O token tem um caractere inválido na posição { $at }.
threecplus-query-reserved = `{ $key }` é usado pela própria conexão.
threecplus-query-key = Uma chave tem de 1 a 64 letras, dígitos, `_`, `-` ou `.`.
threecplus-query-value = O valor de `{ $key }` tem mais de 256 bytes ou caracteres de controle.
threecplus-query-count = São no máximo { $most } chaves.

# O simulador e a demonstração.
threecplus-control = Controle: http://{ $address }/control/status
threecplus-example = um evento seu pelo socket da 3C Plus

# O que cada tipo de evento significa.
threecplus-event-type =
    { $name ->
        [call-was-created] Chamada criada e disparada pelo discador; o primeiro evento do ciclo
        [call-is-trying] O discador está tentando completar a chamada; chega quase junto de call-was-created, às vezes antes
        [call-was-answered] Cliente atendeu a chamada do discador, ainda sem agente
        [call-was-amd] Resultado da detecção de caixa postal (AMD) após o atendimento
        [call-was-connected] Chamada foi conectada ao agente; o payload mais rico (agente, campanha, mailing e qualificações)
        [call-was-ended] Chamada desligada (nome oficial)
        [call-was-hung-up] Chamada desligada (nome que algumas contas veem no lugar de call-was-ended)
        [call-was-finished] Chamada finalizada: fim do atendimento, com o agente
        [call-was-abandoned] Cliente atendeu e desligou sem agente disponível
        [call-was-abandoned-due-amd] Chamada abandonada porque a caixa postal foi detectada (AMD)
        [call-was-not-answered] Chamada não atendida no tempo máximo
        [call-was-failed] Chamada com falha (recusada pela operadora)
        [call-history-was-created] Histórico consolidado da chamada: tempos, qualificação, gravação
        [hold-call] Chamada colocada em espera
        [call-started] Chamada iniciou
        [call-ended] Chamada terminou
        [call-was-disconnected] Chamada foi desconectada
        [manual-call-was-answered] Chamada manual atendida pelo cliente (call-was-connected chega antes, quando a ponta do agente conecta)
        [manual-call-was-qualified] Agente qualificou uma chamada manual; o payload não traz o id da chamada
        [manual-call-was-updated] Histórico de chamada manual atualizado (uma qualificação posterior, por exemplo)
        [manual-call-was-created] Chamada manual criada
        [manual-call-was-connected] Chamada manual conectada ao agente
        [manual-call-was-finished] Chamada manual finalizada
        [manual-call-was-not-answered] Chamada manual não atendida
        [manual-call-was-failed] Chamada manual com falha
        [manual-call-was-hung-up] Chamada manual desligada
        [manual-call-history-was-created] Histórico de chamada manual criado
        [manual-call-acw-connected] Chamada manual em TPA (pós-atendimento) conectada
        [manual-call-acw-disconnected] Chamada manual em TPA (pós-atendimento) desconectada
        [receptive-entered-queue] Receptivo: chamada entrou na fila
        [receptive-was-connected] Receptivo: chamada conectada a um agente
        [receptive-was-abandoned] Receptivo: chamada abandonada na fila
        [receptive-was-finished] Receptivo: chamada finalizada
        [consult-hold] Consulta: chamada original em espera
        [consult-connected] Consulta conectada ao segundo agente
        [consult-cancel-hold] Consulta: espera cancelada
        [consult-exit] Consulta encerrada
        [consult-transfer] Chamada transferida após consulta
        [consult-failed] Consulta falhou
        [consult-transfer-failed] Transferência após consulta falhou
        [agent-is-idle] Agente ficou ocioso: pronto para receber chamadas; o menor payload, sem empresa
        [agent-in-acw] Agente em pós-atendimento (TPA): a chamada terminou sem qualificação
        [agent-status-changed] Status do agente mudou
        [agent-login-failed] Falha no login do agente na campanha (webphone não registrado, por exemplo)
        [agent-was-logged-out] Agente saiu da campanha
        [agent-entered-manual] Agente entrou no modo de ligação manual
        [agent-failed-to-enter-manual] Falha ao entrar no modo manual
        [agent-left-manual-mode] Agente saiu do modo manual
        [agent-failed-to-leave-manual-mode] Falha ao sair do modo manual
        [agent-entered-manual-acw] Agente entrou no modo manual durante o TPA
        [agent-left-manual-acw] Agente saiu do modo manual em TPA
        [agent-entered-work-break] Agente entrou em intervalo
        [agent-enter-work-break-failed] Falha ao iniciar o intervalo
        [agent-left-work-break] Agente saiu do intervalo
        [agent-leave-work-break-failed] Falha ao finalizar o intervalo
        [agent-schedule] Notificação de agendamento (retorno) para o agente
        [new-message-whatsapp] WhatsApp: nova mensagem (recebida, ou enviada por aparelho externo)
        [new-agent-message-whatsapp] WhatsApp: mensagem enviada por um agente
        [message-ack-whatsapp] WhatsApp: confirmação de mensagem (server, device, read, played)
        [message-error-whatsapp] WhatsApp: erro no envio de mensagem
        [new-whatsapp-internal-message] WhatsApp: mensagem interna do sistema (protocolo, transferência etc.)
        [new-agent-chat-whatsapp] WhatsApp: conversa aberta por um agente
        [start-snooze-chat-whatsapp] WhatsApp: conversa colocada em soneca
        [transfer-chat-whatsapp] WhatsApp: conversa transferida
        [finish-chat] WhatsApp: conversa finalizada (formato achatado)
        [finish-chat-whatsapp] WhatsApp: conversa finalizada (formato aninhado)
        [spy-started] Escuta (espionagem) de ligação iniciada
        [spy-ended] Escuta de ligação finalizada
        [spy-failed] Escuta de ligação falhou
        [list-empty] A lista de contatos (mailing) da campanha acabou
        [mailing-list-was-finished] Lista de mailing finalizada
        [reached-max-online-agents] Limite de agentes logados da organização atingido
        [call-was-busy] Chamada ocupada
        [call-history-was-updated] Histórico da chamada atualizado
        [call-was-qualified] Chamada qualificada
        [call-was-transferred] Chamada transferida
        [agent-is-connected] Agente conectado
        [agent-entered-call] Agente entrou na chamada
        [integration] Integração
        [error] Erro informado pelo servidor
        [exception] Exceção informada pelo servidor
       *[other] { $name }
    }

# As colunas do quadro.
threecplus-board-dialing = Nova, discando
threecplus-board-answered = Sem agente
threecplus-board-waiting = Na espera
threecplus-board-ringing = Tocando
threecplus-board-talking = Em conversa
