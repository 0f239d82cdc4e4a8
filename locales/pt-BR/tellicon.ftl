# O que se diz da Tellicon.

tellicon-token-expected = um token de 24 caracteres
tellicon-token-length = O token do Tellicon tem exatamente { $length } caracteres; este tem { $given }.
tellicon-token-characters = O token do Tellicon só tem caracteres ASCII visíveis, sem espaços.
tellicon-token-unknown = authTokenTellicon ausente ou inválido

# O que há de errado com um campo de um envio: predicados, depois do nome do campo.
tellicon-not-an-integer = deve ser um número inteiro
tellicon-negative = não pode ser negativo
tellicon-unknown-type = deve ser pushCall, answerCall ou dtmfCommand

# A demonstração.
tellicon-example = um evento da Tellicon
