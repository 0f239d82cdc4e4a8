# O que a linha de comando diz.


# Por que um comando não fez o que se pediu.
failure-system = o sistema recusou: { $error }
failure-listen = não é possível escutar em { $address }: { $error }
failure-ca-file = extra_ca_file: { $error }
failure-client = nenhum cliente para as APIs dos provedores: { $error }
failure-addresses = os endereços dos webhooks não puderam ser cifrados: { $error }
failure-worker = não foi possível iniciar uma thread de trabalho: { $error }
failure-no-database = não há banco de dados em { $file }
failure-simulation = a simulação não começou: { $error }
failure-checks = { $bad } verificação(ões) falharam
health-failed = { $url }: { $why }
health-late = sem resposta em três segundos
failure-company = empresa `{ $company }`, { $part }: { $what }

# O que o estado de um banco de dados significa para quem roda o programa.
store-in-use = o banco { $database } está em uso por outro processo: o Ramal está rodando? Pare-o antes
store-newer = o banco é mais novo que este programa: o esquema { $found } pede um programa que conheça { $compatible }; este conhece { $known }
store-older = o banco é mais antigo que este programa: o esquema é { $found }, e o deste programa é { $known }. Um programa mais antigo está rodando nele: pare-o primeiro, ou inicie o novo (ramal serve)
store-full = o disco do banco está cheio: { $detail }
store-read-only = o banco é só de leitura: { $detail }
store-corrupt = o banco está danificado ou não é um banco: { $detail }
store-gone = o banco não responde: { $detail }
store-busy = o banco está travado por outro programa: { $detail }
store-no-master-key = com PostgreSQL a chave mestra vem das configurações: master_key

# O que o ramal check acha.
check-env-file = variáveis: { $variables } (as do ambiente têm precedência)
check-settings = configurações
check-settings-valid = válidas; { $companies } empresa(s) e { $webhooks } webhook(s) mantidos nelas
check-free = livre para escutar
check-in-use = em uso: pelo Ramal, se ele está rodando
check-not-free = não pode escutar: { $error }
check-empty = vazio; será preparado no primeiro início
check-older = esquema { $version }, será atualizado para { $known } no início; a chave mestra abre as { $keys } chaves
check-database = esquema { $version }; a chave mestra abre as { $keys } chaves; { $companies } empresa(s) e { $webhooks } webhook(s)
check-certificates = certificados do sistema
check-socks = indica um proxy SOCKS, que não é suportado: não é usado
check-no-host = sem servidor ou porta
check-mail = responde, e aceita o que está configurado em [smtp]
check-reachable = alcançável em { $millis } ms ({ $peer })

# As chaves.
key-shown = chave de API, mostrada só agora:
key-rotated = nova chave de dados; segredos cifrados de novo: { $sealed }
master-beside = chave mestra trocada: ponha { $file } no lugar de { $old }, ou em master_key_file
master-elsewhere = chave mestra trocada: ponha o conteúdo de { $file } em master_key, ou o arquivo em master_key_file

# O receptor.
receiver-address = Recebendo em http://{ $address }/  (http://{ $address }/stats)
