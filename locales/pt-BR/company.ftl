# A página de uma empresa, seu cadastro e suas fontes.

company-tabs = Páginas da empresa
company-switch = Trocar de empresa
company-tab-connection = Linha
company-tab-settings = Configurações
company-line-with = Conexão com a { $provider }
company-connect = Conectar
company-disconnect = Desconectar
company-try-now = Tentar agora
company-disconnect-title = Desconectar { $name } da { $provider }?
company-disconnect-goes =
    { $way ->
        [door] Os envios da { $provider } são recusados enquanto estiver desconectado, e podem não vir de novo.
       *[line] O que a { $provider } enviar enquanto estiver desconectado se perde: não chega depois.
    }
company-disconnect-instead = Para parar só as entregas, pause os webhooks: os eventos continuam chegando e esperam na fila.
company-connecting = Conectando…
company-disconnected = Desconectado. Os eventos não são mais recebidos até que se conecte de novo.
company-no-source = Nenhuma fonte ainda
company-no-source-text = Uma fonte é a conta de onde vêm os eventos, como a da { $provider }. Aqui aparecerão o estado da conexão e seu histórico.
company-last-event = Último evento desta fonte
company-events-today = Eventos da empresa hoje
company-events-today-all = Eventos da empresa hoje, de todas as fontes
company-ping = Último ping
company-session = Sessão
company-server = Servidor
company-door = Endereço para os envios
company-door-apart = Caminho para os envios, no endereço de inbound_listen
company-token-header = Cabeçalho do token
door-refused =
    { $n ->
        [0] Nenhum envio recusado { $when }. O último recusado: { $time }, HTTP { $status }. { $why }
        [one] { $n } envio recusado { $when }: às { $time }, HTTP { $status }. { $why }
       *[other] { $n } envios recusados { $when }; o último às { $time }, HTTP { $status }. { $why }
    }
door-refused-of-nobody =
    { $n ->
        [0] Nenhum envio da { $provider } recusado { $when } sem se saber de qual fonte. O último: { $time }, HTTP { $status }. { $why }
        [one] { $n } envio da { $provider } recusado { $when }, sem se saber de qual fonte: às { $time }, HTTP { $status }. { $why }
       *[other] { $n } envios da { $provider } recusados { $when }, sem se saber de qual fonte; o último às { $time }, HTTP { $status }. { $why }
    }
door-refused-today = hoje
door-refused-since-start = desde { $time }, quando o Ramal iniciou
company-nothing = nenhum
company-no-session = nenhuma

day-nothing = Nenhuma conexão nas últimas 24 h
day-whole = Últimas 24 h, sem quedas
day-whole-since = Sem quedas desde { $time } (primeira conexão)
day-gaps =
    { $count ->
        [one] { $count } queda em 24 h, { $span } ao todo
       *[other] { $count } quedas em 24 h, { $span } ao todo
    }
day-gaps-since =
    { $count ->
        [one] { $count } queda desde { $time } (primeira conexão), { $span } ao todo
       *[other] { $count } quedas desde { $time } (primeira conexão), { $span } ao todo
    }
day-rest = { $said }; desligada por { $span }
day-now = agora

history-title = Histórico da conexão
history-at = Início
history-what = O que houve
history-how = Detalhe
history-held = Conectado
history-lost = Queda
history-session = durou { $span }; terminou: { $reason }
history-session-open = { $span }, até agora
history-gap = sem sinal por { $span }: { $reason }
history-gap-open = sem sinal há { $span }: { $reason }
history-rest = a conexão ficou desligada por { $span }
history-rest-by = a conexão ficou desligada por { $span }; quem a desligou: { $who }
history-stopped-by = encerrada por { $who }

company-new = Nova empresa
company-new-text = Sem o token a empresa também pode ser cadastrada; a conta da { $provider } pode ser adicionada depois.
company-name = Nome
company-name-hint = Como a empresa aparece aqui. Exemplo: Minha Empresa
company-create = Cadastrar empresa
company-created = Empresa cadastrada.
company-provisioned = Esta empresa vem do arquivo de configuração
company-provisioned-advice = O que for alterado aqui volta ao que está no arquivo quando o programa for iniciado de novo.
company-delete = Apagar empresa
company-delete-title = Apagar { $name }?
company-delete-text = Apaga a empresa com suas fontes, seus webhooks e seus eventos. Não pode ser desfeito.
company-delete-sources = As fontes são desconectadas, e seus tokens e os webhooks são apagados na hora.
company-delete-events = Os eventos guardados são apagados. Isto não pode ser desfeito.
company-deleted = { $name } foi apagada.

source-new = Nova fonte
source-edit = Editar fonte
source-provider = Fonte
source-actions = Ações
source-account-at = Conta da { $provider }
source-account = Conta
source-token = Token de API
source-token-kept = Em uso: { $mask }. Deixe em branco para manter.
source-token-hidden = token gravado (não exibido)
source-url-query = Informe o endereço sem “?” e o que vem depois: aqui ele aparece por inteiro.
source-not-a-listen-address = Informe um endereço IP com porta, como 127.0.0.1:4000.
source-open = nenhum: quem conhece um endereço desta fonte pode enviar eventos
source-secret-hidden = gravado (não exibido)
source-mend-token = Corrigir o token
source-cluster-other = Outro (informe a URL abaixo)
source-url = URL do servidor
source-url-hint = Só vale quando o servidor escolhido é “Outro”.
source-made = Fonte acrescentada.
source-deleted = Fonte apagada.
source-delete = Apagar fonte
source-delete-title = Apagar a fonte { $provider }?
source-delete-token = A conexão é encerrada e o token é apagado.
source-delete-events = Os eventos já recebidos ficam.

issued-text = A { $provider } envia os eventos para cá. O Ramal gera um token, que é mostrado uma única vez e deve ser informado na { $provider }.
issued-button = Gerar token e acrescentar
issued-made = Fonte { $provider } acrescentada
issued-once = Copie o token agora: ele não será mostrado de novo.
issued-done = Já copiei

trial-button = Testar token e conexão
trial-took =
    { $milliseconds ->
        [0] Levou menos de 1 ms. Nada foi gravado.
       *[other] Levou { $milliseconds } ms. Nada foi gravado.
    }
trial-fields = Corrija estes campos para testar
trial-failed = O teste falhou

saved = Salvo.
saved-reconnecting = Salvo. Reconectando com os novos dados…
