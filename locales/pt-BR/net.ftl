# Por que algo não saiu: frases que começam uma sentença, ou ficam dentro de uma.

# Por que uma URL é recusada antes de qualquer envio.
net-refusal =
    { $word ->
        [url_malformed] isto não é uma URL completa, como https://exemplo.com/webhook
        [url_scheme] a URL precisa começar com http:// ou https:// (ws:// ou wss:// para um socket)
        [url_userinfo] a URL não pode conter usuário ou senha; configure um cabeçalho
        [url_host] a URL não tem um nome de servidor
        [url_port] a URL não tem uma porta utilizável
        [url_not_permitted] este endereço não está na internet pública, e a configuração do Ramal não o permite ([guard] allow)
       *[other] { $word }
    }

# O que houve com uma conexão ou troca que falhou.
net-error =
    { $word ->
        [dns] o nome não foi encontrado
        [dns_timeout] o nome não foi resolvido a tempo
        [not_permitted] o endereço não está na internet pública, e a configuração do Ramal não o permite ([guard] allow)
        [connect_refused] a conexão foi recusada
        [connect_timeout] o servidor não aceitou a conexão a tempo
        [unreachable] o servidor não pode ser alcançado
        [proxy] o proxy não pode ser alcançado, ou não se conecta ao servidor
        [tls_certificate] o certificado do servidor não é válido: vencido, de outro nome ou de uma autoridade desconhecida aqui (extra_ca_file acrescenta uma)
        [tls_client_certificate] o servidor exige um certificado de cliente, e o Ramal não apresenta nenhum
        [tls] não foi possível negociar uma conexão segura
        [tls_timeout] a conexão segura não foi negociada a tempo
        [timeout] nenhuma resposta chegou a tempo
        [reset] o servidor fechou a conexão antes de responder
        [protocol] a resposta não é HTTP válido
        [header_too_large] os cabeçalhos da resposta são grandes demais
       *[other] { $word }
    }

# O que houve de notável em uma troca que mesmo assim tem seu status.
net-note =
    { $word ->
        [resent] a conexão mantida desde a requisição anterior tinha terminado; reenviado na hora por uma nova, com o mesmo webhook-id
        [body_late] o status chegou, e o corpo da resposta ainda estava por vir
        [body_cut] o status chegou, e a conexão terminou antes do corpo da resposta
        [body_broken] o status chegou, e o que vem depois dele não é HTTP válido
        [head_too_large] o status chegou, e depois dele mais cabeçalhos do que são lidos
       *[other] { $word }
    }
