# Diagnóstico: o que conferir quando algo não chega.

diagnosis-title = Diagnóstico
diagnosis-intro = Confere de ponta a ponta: o token e a conexão, cada webhook com uma entrega de teste de verdade, e os tipos de evento que chegam. Cada resultado aparece quando fica pronto; leva até 20 segundos.
diagnosis-run = Verificar agora
diagnosis-again = Verificar de novo
diagnosis-good = Tudo certo
diagnosis-notice = Atenção
diagnosis-bad = Problema

diagnosis-awaited = Verificando
diagnosis-goes-on = Verificando: { $ended } de { $all }.
diagnosis-look-again = Atualizar
diagnosis-forgotten = O resultado desta verificação não está mais guardado. Verifique de novo.
diagnosis-checks =
    { $n ->
        [one] { $n } verificação
       *[other] { $n } verificações
    }
diagnosis-summary =
    { $bad ->
        [0]
            { $notice ->
                [0] Tudo certo em { $checks }.
                [one] Nenhum problema; { $notice } ponto de atenção em { $checks }.
               *[other] Nenhum problema; { $notice } pontos de atenção em { $checks }.
            }
        [one]
            { $notice ->
                [0] { $bad } problema em { $checks }.
                [one] { $bad } problema e { $notice } ponto de atenção em { $checks }.
               *[other] { $bad } problema e { $notice } pontos de atenção em { $checks }.
            }
       *[other]
            { $notice ->
                [0] { $bad } problemas em { $checks }.
                [one] { $bad } problemas e { $notice } ponto de atenção em { $checks }.
               *[other] { $bad } problemas e { $notice } pontos de atenção em { $checks }.
            }
    }
diagnosis-fix =
    { $kind ->
        [token] Corrigir o token
        [source] Cadastrar uma fonte
        [connect] Ver a conexão
        [resume] Ver e retomar
        [events] Escolher os eventos
        [failures] Ver as falhas
        [test] Testar o webhook
        [edit] Corrigir o webhook
       *[open] Ver o webhook
    }
diagnosis-token = Token e conexão
diagnosis-token-text = O token guardado, com uma conexão de verdade ao provedor e uma consulta à API dele
diagnosis-no-source = Sem uma fonte cadastrada, nada pode chegar. Cadastre o token da { $providers }.
diagnosis-or = { $some } ou da { $other }
diagnosis-line-advice =
    { $state ->
        [stopped] A empresa está desconectada: conecte-a para receber os eventos.
        [refused] O último token usado foi recusado. Conecte de novo para que valha o de agora.
        [connecting] A conexão está sendo feita agora. Verifique de novo em alguns segundos.
       *[waiting] O Ramal tenta de novo sozinho. Se durar, confira o endereço do socket e a rede.
    }
diagnosis-api = API da { $provider } (REST)
diagnosis-api-valid = O token é válido.
diagnosis-api-refused = A API recusou o token: “{ $said }”.
diagnosis-api-refused-silently = A API recusou o token.
diagnosis-api-agent = É um token de agente.
diagnosis-api-unclear = Não foi possível conferir o token pela API (HTTP { $status }).
diagnosis-api-unreached =
    { $why ->
        [timeout] A API não respondeu a tempo.
        [not_permitted] O endereço da API não está na internet pública, e a configuração do Ramal não o permite ([guard] allow).
       *[other] A API não pôde ser alcançada.
    }
diagnosis-api-advice =
    { $verdict ->
        [refused] Crie outro na { $provider } e troque-o aqui.
        [agent] Use um token de gestor.
       *[unclear] Os eventos chegam pelo socket e não dependem dessa API.
    }

diagnosis-url = Webhooks
diagnosis-url-text = Uma entrega de teste a cada um, e o que recebe do que chega
diagnosis-no-webhook = Nenhum webhook cadastrado: os eventos ficam gravados, e não são enviados a ninguém.
diagnosis-answered = Respondeu { $status } à entrega de teste.
diagnosis-paused = Está pausado, e por isso não foi testado.
diagnosis-not-tested = Não foi testado: só os primeiros doze são.
diagnosis-unended = O teste não terminou a tempo. O servidor aceita a conexão, mas demora a responder?
diagnosis-step =
    { $step ->
        [handshake] Handshake
        [dns] DNS
        [connect] Conexão
        [tls] TLS
        [answer] Resposta
       *[total] Total
    }
diagnosis-status-advice =
    { $kind ->
        [good] O destino recebe e aceita.
        [redirect] Redirecionamentos não são seguidos. Use na URL o endereço final.
        [denied] O destino recusou a autenticação. Confira o token Bearer, os cabeçalhos e a verificação da assinatura.
        [path] Não há nada nesse caminho, ou ele não aceita POST. Confira a URL.
        [gone] O destino diz que não quer mais eventos (410).
        [server] O destino falhou ao tratar a entrega. O registro (log) dele diz por quê.
       *[refused] O destino recusou o teste. É preciso responder com 2xx para que um evento conte como entregue.
    }
diagnosis-error-advice =
    { $cause ->
        [dns] Confira o nome do servidor na URL.
        [not] Libere a rede em [guard] allow, se ela é sua.
        [connect] Confira a porta e se o firewall do destino deixa o Ramal passar.
        [unreachable] Confira a porta e se o firewall do destino deixa o Ramal passar.
        [proxy] Confira o proxy das configurações e se ele deixa o Ramal chegar ao destino.
        [tls] Confira o certificado do destino: a validade, o nome, a cadeia e se ele exige um dos clientes.
        [timeout] O destino precisa responder antes; trate o evento depois de responder.
       *[other] Confira o que o destino responde.
    }

diagnosis-events = Chegada de eventos
diagnosis-events-text = Os eventos mais recentes da empresa
diagnosis-coming = Chegada
diagnosis-no-event = Nenhum evento chegou ainda.
diagnosis-no-event-advice =
    { $way ->
        [door] Cadastre na { $provider } o endereço e o token que estão na página da conexão, e faça uma chamada: o evento deve aparecer aqui.
       *[line] Com a conexão feita, faça uma ligação ou mude o estado de um agente na { $provider }: o evento deve aparecer aqui.
    }
diagnosis-newest = O último foi { $type }, há { $span }.
diagnosis-seen =
    { $count ->
        [one] { $count } tipo entre os mais recentes: { $types }
       *[other] { $count } tipos entre os mais recentes: { $types }
    }
diagnosis-unwanted = Não recebe nenhum dos tipos que chegam. Confira os eventos escolhidos no webhook.
diagnosis-filtered = Só são enviados os eventos que atendem às regras: { $rules }.
diagnosis-returned = O destino voltou a responder; { $waiting }.
