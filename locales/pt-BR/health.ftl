# Como um webhook está: frases que começam em minúscula, porque também ficam dentro de outras.

health-nothing-yet = nenhum evento foi entregue ainda
health-nothing-yet-failed = nenhum evento foi entregue ainda: as tentativas falharam
health-well = os eventos estão sendo entregues
health-asked-to-wait = o destino pediu para esperar (Retry-After)
health-paced = o destino não aceita mais de uma vez
health-paced-minute = o destino recusa o que vem mais rápido; o Ramal envia cerca de { $count } por minuto
health-paced-second = o destino recusa o que vem mais rápido; o Ramal envia cerca de { $count } por segundo
health-recovering = o destino voltou; a velocidade está aumentando de novo
health-retrying = as últimas tentativas falharam e estão sendo repetidas
health-not-answering = o destino não responde. O Ramal tenta de novo de tempos em tempos; os eventos esperam na fila
health-refusing-all = o destino recusa todos os eventos; eles esperam
health-not-started = nada sai: a configuração guardada não pode ser usada, ou o banco de dados não pode ser lido. O log diz a causa; o Ramal tenta de novo sozinho
health-gone = pausado: o destino respondeu 410 Gone a dois eventos
health-paused = pausado: nada sai até que alguém retome
health-paused-note = pausado: nada sai até que alguém retome ({ $note })
health-troubled = { $health }. Ainda não aceito: { $event }{ $size }, { $last }

# O que está guardado e não pode ser usado.
unusable-nothing = nada sai: { $why }
unusable-field = o que está guardado em “{ $field }” não pode ser usado. { $why }

# O que houve com o último pedido de um evento.
answer-redirect = HTTP { $status }, redirecionamento para { $to }, que não é seguido
answer-status = HTTP { $status }
answer-other = { $text }
health-elsewhere = este processo não está com a empresa agora; os dados são os últimos gravados
