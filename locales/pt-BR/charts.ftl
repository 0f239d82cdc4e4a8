# Gráficos: o que se contou por minuto e por hora.

charts-title =
    { $span ->
        [hour] A última hora
        [day] As últimas 24 horas
        [week] Os últimos 7 dias
       *[quarter] Os últimos 90 dias
    }
charts-span = Período
charts-until = até { $time }
charts-1h = 1 h
charts-24h = 24 h
charts-7d = 7 dias
charts-90d = 90 dias
charts-choose = Escolha um período para ver os gráficos.
charts-nothing = Ainda não há registro deste período. O primeiro minuto aparece aqui assim que termina.
charts-values = Valores em tabela
charts-at = Início
charts-now = agora
charts-unknown = sem registro
charts-each-minute = por minuto
charts-each-quarter = a cada 15 min
charts-each-2h = a cada 2 h
charts-each-day = por dia
charts-events = Eventos recebidos
charts-attempts = Tentativas de entrega
charts-delivered = Entregues
charts-failed = Falhas
charts-success = Sucesso
charts-latency = Tempo de resposta
charts-answers = do destino
charts-p50 = metade até
charts-p95 = 95% até
charts-backlog = Na fila
charts-peak = pico
charts-most = Máximo
charts-none = –
charts-outage = nada entregue, ou queda da linha

spark-hour = Últimos 60 min: de { $least } a { $most }
spark-nothing = Últimos 60 min: nada registrado
spark-down =
    { $n ->
        [one] { $said }; 1 minuto sem conexão
       *[other] { $said }; { $n } minutos sem conexão
    }
