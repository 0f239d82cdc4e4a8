# O que a API e as portas respondem quando um pedido não é atendido.

problem-taken = Já está em uso
problem-invalid = Há campos inválidos
problem-not-found = Não encontrado
problem-not-found-detail =
    { $kind ->
        [company] empresa
        [source] fonte
        [event] evento
        [replay] repetição
        [api-key] chave de API
        [page] página
        [resource] recurso
        [user] usuário
        [connection] conexão
       *[other] { $kind }
    } { $id } não existe.
action-unknown = As chamadas de { $provider } aceitam estas ações: { $offered }.
action-none = As chamadas de { $provider } não aceitam ações.
problem-stale = Alterado por outra pessoa
problem-stale-detail = Recarregue e tente de novo.
problem-conflict = Não é possível agora
problem-unauthenticated = Chave de API ausente ou inválida
problem-unauthenticated-detail = Envie Authorization: Bearer rml_…
problem-tries = Tentativas demais
problem-tries-detail = Tente de novo em { $seconds } s.
problem-forbidden = Sem permissão
problem-forbidden-detail = É preciso uma chave com o perfil { $role ->
        [reader] somente leitura
        [operator] operador
       *[administrator] administrador
    } ou acima.
problem-unavailable = Banco de dados indisponível
problem-unavailable-detail = Tente de novo em alguns segundos.
problem-internal = Erro inesperado

# O que o próprio HTTP recusa.
problem-method = Método não permitido
problem-method-detail = O cabeçalho Allow diz quais métodos este endereço aceita.
problem-too-large = Corpo grande demais
problem-too-large-detail = O corpo pode ter até 2 MiB.
problem-too-slow = Corpo lento demais
problem-too-slow-detail = O corpo não chegou a tempo.
problem-no-room = Indisponível agora
problem-no-room-detail = Não há espaço para o corpo agora; tente de novo.
problem-media-type = Tipo de conteúdo não aceito
problem-media-type-detail = Envie JSON, com Content-Type: application/json e sem compressão.

# O que está certo em si, mas não é possível no estado de agora.
conflict-set-up = Já existe um administrador: entre, ou peça a ele que crie um usuário para você.
conflict-last-administrator = Este é o último administrador de todas as empresas: nomeie outro antes.
conflict-disabled = Seu acesso está desativado. Um administrador pode ativá-lo de novo.
conflict-nothing-undelivered = Não há nada a reenviar: neste período tudo foi entregue, está na fila ou foi descartado.
conflict-replays = Este webhook já tem 16 reenvios em andamento ou pausados. Aguarde o fim de um deles ou cancele um.
conflict-replay-ended = Este reenvio já terminou.
conflict-starting = A fila de entrega deste webhook está iniciando; tente de novo em instantes.
conflict-no-rebuild = As linhas de { $name } não podem ser refeitas a partir dos eventos: elas dizem o que foi decidido na hora.
conflict-no-access = A fonte da chamada não tem o token da API do provedor: configure-o antes.
call-held = { $who } já atende esta chamada.
call-not-now =
    { $state ->
        [finished] A chamada já terminou.
        [ringing] A chamada está tocando.
        [ongoing] Alguém já fala nesta chamada.
       *[other] A chamada não aceita isso agora.
    }
conflict-no-actions = A fonte da chamada não tem a URL das ações: cadastre-a antes.

# O que as portas dos provedores respondem.
door-starting = O Ramal está iniciando: espera o banco de dados. Tente de novo em alguns segundos.
door-not-yet = ainda não; tente de novo
door-no-room = sem espaço agora; tente de novo
door-unexpected = erro inesperado
door-too-slow = o corpo não chegou a tempo
door-too-large = corpo grande demais ou incompleto
door-websocket = este endereço é de um WebSocket
door-several = mais de uma empresa recebe envios sem chave neste endereço; envie ao endereço da própria fonte, /in/<chave>/{ $path }
problem-not-ours = Empresa em outro processo
problem-not-ours-detail = Este processo do Ramal não está com a empresa agora. Tente de novo em alguns segundos.

# O que há de errado com um campo de um envio: predicados, depois do nome do campo.
body-not-json = não é JSON válido (byte { $at })
body-missing = está ausente
body-not-an-object = deve ser um objeto
body-not-a-string = deve ser um texto
body-empty = não pode ser vazio
