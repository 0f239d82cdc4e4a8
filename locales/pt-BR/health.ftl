# Como um webhook está: frases que começam em minúscula, porque também ficam dentro de outras.

health-nothing-yet = nenhum evento foi entregue ainda
health-nothing-yet-failed = nenhum evento foi entregue ainda: as tentativas falharam
health-well = os eventos estão sendo entregues
health-unstable = instável: { $share }% das tentativas da última hora deram certo
health-asked-to-wait = o destino pediu para esperar (Retry-After)
health-paced = o destino não aceita mais de uma vez
health-paced-minute = o destino recusa o que vem mais rápido; o Ramal envia cerca de { $count } por minuto
health-paced-second = o destino recusa o que vem mais rápido; o Ramal envia cerca de { $count } por segundo
health-recovering = o destino voltou; a velocidade está aumentando de novo
health-retrying = as últimas tentativas falharam e estão sendo repetidas
health-failing = o destino { $cause }; os eventos esperam, em ordem por chamada
health-not-started = nada sai: a configuração guardada não pode ser usada, ou o banco de dados não pode ser lido. O log diz a causa; o Ramal tenta de novo sozinho
health-gone = pausado: o destino respondeu 410 (não existe mais) a dois eventos
health-paused = pausado: nada sai até que alguém retome
health-paused-note = pausado: { $note }
health-troubled = { $health }. Ainda não aceito: { $event }{ $size }, { $last }

# O que está guardado e não pode ser usado.
unusable-nothing = nada sai: { $why }
unusable-field = o que está guardado em “{ $field }” não pode ser usado. { $why }

# O que houve com o último pedido de um evento.
answer-redirect = HTTP { $status }, redirecionamento para { $to }, que não é seguido
answer-status = HTTP { $status }
answer-other = { $text }
health-elsewhere = este processo não está com a empresa agora; os dados são os últimos gravados

# O que o destino faz em vez de aceitar: completa “o destino …”.
cause-status = responde HTTP { $status }
cause-redirect = responde HTTP { $status }, um redirecionamento para { $to }, que não é seguido
cause-unknown = não está aceitando
cause =
    { $word ->
        [dns] não é encontrado no DNS
        [dns_timeout] não é resolvido a tempo pelo DNS
        [not_permitted] está em um endereço que a configuração do Ramal não permite ([guard] allow)
        [connect_refused] recusa a conexão
        [connect_timeout] não aceita a conexão a tempo
        [unreachable] não pode ser alcançado
        [proxy] não é alcançado: o proxy não responde, ou não se conecta a ele
        [tls_certificate] apresenta um certificado que não é válido: vencido, de outro nome ou de uma autoridade desconhecida aqui
        [tls_client_certificate] exige um certificado de cliente, e o Ramal não apresenta nenhum
        [tls] não negocia uma conexão segura
        [tls_timeout] não negocia a conexão segura a tempo
        [timeout] não responde
        [reset] fecha a conexão antes de responder
        [protocol] responde o que não é HTTP válido
        [header_too_large] responde com cabeçalhos grandes demais
       *[internal] não pôde ser chamado, por um defeito do Ramal, que está no log
    }

# Eventos que esperam por um webhook: não entregues, e que ele receberá.
backlog-waiting =
    { $known ->
        [at_most] no máximo { $n } na fila (as regras ainda decidem)
        [at_least] mais de { $n } eventos na fila
       *[exactly]
            { $n ->
                [0] nenhum evento na fila
                [one] { $n } evento na fila
               *[other] { $n } eventos na fila
            }
    }
backlog-count =
    { $known ->
        [at_most] até { $n }
        [at_least] mais de { $n }
       *[exactly] { $n }
    }
