# Por que um token, segredo ou cabeçalho não serve.

credential-empty = não há nada nele
credential-too-long = tem mais de 4096 bytes
credential-control = tem quebras de linha ou caracteres de controle
credential-nothing-behind = não há nada depois de `whsec_`: cole o segredo inteiro
credential-not-base64 = o que vem depois de `whsec_` não é base64: cole o segredo inteiro, ou use um texto que não comece com `whsec_`
credential-url-safe = `-` e `_` depois de `whsec_` são o base64 de URLs, que as bibliotecas não leem: escreva `+` no lugar de `-` e `/` no de `_`
credential-misplaced = `whsec_` só pode estar bem no começo, em minúsculas: cole a partir dele, sem `v1,` nem aspas
