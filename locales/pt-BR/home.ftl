# Início.

home-title = Início
home-connected = Empresas conectadas
home-of = de { $total }
home-events = Eventos por minuto
home-deliveries = Entregas por minuto
home-success = Tentativas com sucesso
home-oldest = Mais antigo na fila
home-none = nenhum
home-all-well = Tudo em ordem
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
home-all = Ver todas as { $total }
home-today = Eventos hoje
home-backlog = Na fila
home-backlog-means = Eventos que webhooks desta empresa ainda receberão, somados.
