# O que as configurações recusadas dizem.


# O que há de errado com uma configuração.
setting-syntax = não é TOML válido: { $text }
setting-assignment = escreva CHAVE=VALOR
setting-unknown = esta configuração não existe
setting-unknown-nearest = esta configuração não existe; seria `{ $name }`?
setting-not = { $given } não é { $expected }
setting-value-not = o valor não é { $expected }
setting-missing = falta preencher
setting-needed = falta preencher ({ $why })
setting-no-variable = a variável de ambiente { $name } não está definida
setting-reference = escreva uma referência como ${"{"}NOME{"}"}, e um `${"{"}` literal como `$${"{"}`
setting-unreadable = não foi possível ler { $path }: { $error }
setting-folder = não foi possível ler { $path }: é uma pasta, não um arquivo (o Docker cria uma quando falta o arquivo a montar)
setting-both = `{ $other }` diz o mesmo; mantenha só um dos dois
setting-listens-already = um endereço só seu (`listen` ou outra entrada já o tem)
setting-taken = o nome "{ $name }" já foi usado acima

# O que seria certo, dentro de “não é …”.
setting-url = uma URL completa que começa com http:// ou https://
setting-signs = um segredo que assina: { $why }
setting-list = uma lista entre colchetes
setting-table-example = uma tabela como {"{"} "X-Equipe" = "vendas" {"}"}
setting-table = uma tabela
setting-size = um tamanho como "64 MiB" ou "10 GiB"
setting-time = um tempo como "7 days" ou "15s"
setting-env-line = não é NOME=VALOR
setting-env-quote = as aspas que começam aqui não terminam
setting-env-behind = depois das aspas de fechamento só pode vir um comentário
setting-listen = um endereço IP com porta, como 127.0.0.1:8080 ou [::]:8080
setting-network = uma rede como 10.0.0.0/8 ou fd00::/8
setting-url-plain = uma URL sem usuário e senha (use um cabeçalho)
setting-url-whole = uma URL inteira: uma parte dela está oculta (…)
setting-site = um endereço sem caminho, como "https://ramal.minhaempresa.com": o painel precisa de um nome ou de uma porta só dele
setting-name = um nome de 1 a { $most } caracteres em uma linha
setting-text = um texto entre aspas
setting-whole = um número inteiro de { $least } a { $most }
setting-truth = true nem false
setting-words = uma destas palavras: { $list }
setting-database = uma URL como sqlite://data/ramal.db ou postgres://usuario@servidor/banco
setting-event-types = uma lista de { $least } a { $most } tipos de evento
setting-redacted = uma lista de até { $most } chaves
setting-pauses = uma lista de { $least } a { $most } pausas
setting-event-type = um tipo de evento: o nome exato, um prefixo como "call-*", ou "*"
setting-rules = uma lista de regras como [{"{"} path = "call.status", operator = "equals", value = "3" {"}"}]
setting-header-value = um texto de 1 a { $most } bytes em uma linha
setting-master-key = 32 bytes aleatórios em base64 ou hexadecimal (gere com `openssl rand -base64 32`)
setting-master-key-needed = com PostgreSQL é obrigatório; gere com `openssl rand -base64 32`
setting-log-level = um nível (off, error, warn, info, debug, trace) ou um filtro como info,ramal::delivery=debug
setting-least-age = pelo menos retention.age
setting-least-bytes = pelo menos retention.bytes
setting-least = pelo menos { $kib } KiB
setting-node = um nome de 1 a 64 letras, dígitos, ponto, hífen ou sublinhado
setting-most-memory = no máximo limits.memory_bytes
setting-smtp-host = o nome de um servidor, sem porta, como smtp.minhaempresa.com
setting-smtp-from = um endereço como ramal@minhaempresa.com, ou "Ramal <ramal@minhaempresa.com>"
setting-smtp-from-needed = de quem são os e-mails, já que smtp.host está definido
setting-smtp-username = um nome de usuário em uma linha
setting-smtp-username-needed = a senha é de quem?
setting-smtp-password-needed = o usuário precisa de uma senha
setting-proxy = o endereço de um proxy HTTP, como http://usuario:senha@proxy.empresa:3128 (SOCKS não é suportado), ou, como setting proxy, "off" para não usar nenhum
