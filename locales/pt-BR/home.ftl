# Início.

home-title = Início
home-connected = Empresas conectadas
home-of = de { $total }
home-events = Eventos por minuto
home-deliveries = Entregas por minuto
home-success = Tentativas com sucesso
home-oldest = o mais antigo há { $span }, em { $webhook }
home-all-well = Tudo em ordem
home-all-well-with = Tudo certo com { $name }
home-lead = Em { $well } de { $total } empresas, nada a fazer.
home-calm = Nada agora. Tudo está chegando e sendo entregue.
home-quiet = Nenhum problema grave; { $which }.
home-unserved =
    { $count ->
        [one] { $count } sem webhook (os eventos só ficam guardados)
       *[other] { $count } sem webhook (os eventos só ficam guardados)
    }
home-connecting =
    { $count ->
        [one] { $count } empresa conectando
       *[other] { $count } empresas conectando
    }
home-stopped =
    { $count ->
        [one] { $count } desconectada por alguém
       *[other] { $count } desconectadas por alguém
    }
home-without =
    { $count ->
        [one] { $count } sem fonte
       *[other] { $count } sem fonte
    }
home-change-token = Trocar o token
home-see-system = Ver tarefas
home-see-calls = Ver as chamadas
home-see-connection = Ver a conexão
home-see-webhook = Ver o webhook
home-all = Ver todas ({ $total })
home-all-off = Todas as { $n } fora de ordem
home-none-off = Nenhuma fora de ordem.
home-off = Empresas fora de ordem, as piores primeiro
home-hour = 60 min
home-line = A linha
home-see-company = Ver a empresa
home-elsewhere =
    { $count ->
        [one] { $count } atendida por outro processo
       *[other] { $count } atendidas por outro processo
    }
home-others = As demais
home-well =
    { $n ->
        [one] 1 em ordem: conectada, nenhum webhook com problema
       *[other] { $n } em ordem: conectadas, nenhum webhook com problema
    }
home-elsewhere-means =
    { $n ->
        [one] 1 atendida por outro processo: daqui não se vê como vão os webhooks
       *[other] { $n } atendidas por outro processo: daqui não se vê como vão os webhooks
    }
home-cell-elsewhere = em outro processo
home-cells-more =
    { $state ->
        [well]
            { $n ->
                [one] Mais 1 em ordem
               *[other] Mais { $n } em ordem
            }
       *[elsewhere]
            { $n ->
                [one] Mais 1 em outro processo
               *[other] Mais { $n } em outro processo
            }
    }
home-today = Eventos hoje
home-backlog = Na fila
home-backlog-means = Eventos que webhooks desta empresa ainda receberão, somados.
