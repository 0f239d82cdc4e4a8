# As empresas e o estado de suas linhas.

companies-title = Empresas
companies-name = Empresa
companies-line = Conexão
companies-last-event = Último evento
companies-sources = Fontes
companies-none = Nenhuma empresa ainda
companies-none-text = Cada empresa aparece aqui com o estado de sua conexão. Cadastre a primeira para começar a receber eventos.

line-ready = Pronto para receber
line-connected = Conectado
line-connecting = Carregando
line-waiting = Reconectando em { $span }
line-refused = Token recusado
line-stopped = Desconectado
line-none = Sem fonte
companies-search = Procurar uma empresa
companies-search-what = Nome, ID ou conta no provedor
companies-all = Todas as empresas
companies-more = Há mais: continue a digitar.
companies-none-found = Nenhuma empresa encontrada
companies-none-found-text = Nenhuma empresa que você vê atende a todos os filtros.
companies-count =
    { $n ->
        [one] { $n } empresa
       *[other] { $n } empresas
    }
companies-count-of =
    { $total ->
        [one] { $n } de { $total } empresa
       *[other] { $n } de { $total } empresas
    }
companies-line-is =
    { $state ->
        [trouble] Com problema
        [connected] Conectada
        [connecting] Conectando
        [stopped] Desconectada
       *[none] Sem fonte
    }
companies-webhooks-are =
    { $state ->
        [failing] Algum falhando
        [unsteady] Algum instável
        [paused] Algum pausado
        [well] Nenhum problema
       *[none] Sem webhook
    }
companies-sort-by =
    { $by ->
        [state] Piores primeiro
        [name] Nome
        [last] Último evento
       *[backlog] Maior fila
    }
companies-webhooks =
    { $n ->
        [0] Sem webhook
        [one] { $n } webhook
       *[other] { $n } webhooks
    }
companies-webhooks-bad =
    { $total ->
        [one]
            { $state ->
                [failing] Webhook falhando
                [unsteady] Webhook instável
               *[paused] Webhook pausado
            }
       *[other]
            { $state ->
                [failing] { $n } de { $total } webhooks falhando
                [unsteady] { $n } de { $total } webhooks instáveis
               *[paused] { $n } de { $total } webhooks pausados
            }
    }
companies-state = Situação
companies-are =
    { $state ->
        [off] Fora de ordem
        [well] Em ordem
       *[elsewhere] Em outro processo
    }
companies-webhooks-elsewhere =
    { $n ->
        [one] { $n } webhook (em outro processo)
       *[other] { $n } webhooks (em outro processo)
    }
