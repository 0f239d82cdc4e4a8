# Por que um token, segredo ou cabeçalho não serve.

credential-empty = não há nada nele
credential-too-long = tem mais de 4096 bytes
credential-control = tem quebras de linha ou caracteres de controle
credential-nothing-behind = não há nada depois de `whsec_`: cole o segredo inteiro
credential-not-base64 = o que vem depois de `whsec_` não é base64: cole o segredo inteiro, ou use um texto que não comece com `whsec_`
credential-url-safe = `-` e `_` depois de `whsec_` são o base64 de URLs, que as bibliotecas não leem: escreva `+` no lugar de `-` e `/` no de `_`
credential-misplaced = `whsec_` só pode estar bem no começo, em minúsculas: cole a partir dele, sem `v1,` nem aspas

# Por que não há chave mestra.
master-key-length = a chave mestra tem { $found } bytes depois de decodificada; precisa de 32 (gere com `openssl rand -base64 32`)
master-key-encoding = a chave mestra não é base64 nem 64 dígitos hexadecimais
master-key-weak = a chave mestra repete um único byte; gere uma aleatória com `openssl rand -base64 32`
master-key-missing = o banco de dados tem chaves de cifra, mas a chave mestra que as abre não está em { $path }: ponha esse arquivo de volta (outro não é criado, porque não as abriria)
master-key-exposed = outros podem ler a chave mestra: { $path } tem o modo { $mode }; execute `chmod 600 { $path }`
master-key-bad-file = o arquivo { $path } não contém uma chave mestra: { $reason }
master-key-io = não foi possível { $action ->
        [replace] substituir
        [open] abrir
        [inspect] examinar
        [read] ler
        [create] criar
        [write] gravar
       *[sync] sincronizar
    } o arquivo da chave mestra, { $path }: { $error }
