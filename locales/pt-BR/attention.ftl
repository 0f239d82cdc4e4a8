# O que precisa de atenção: cada frase diz o que há e o que fazer.

attention-not-writing = O banco de dados não grava: os eventos esperam. Veja o log; a gravação volta sozinha quando a causa some.
attention-not-ours = Outro processo usa este banco de dados: este não recebe nem entrega. Pare um dos dois; quando o outro termina, este volta sozinho.
attention-disk-low = Pouco espaço em disco: restam { $mebibytes } MiB. Libere espaço ou reduza retention.bytes.
attention-duty-failing = A tarefa “{ $title }” não termina em ordem, e o que ela faz fica parado. O motivo está em Minha conta → Sistema.
attention-webhook-not-started = Nada sai deste webhook; { $waiting }. A configuração guardada não pode ser usada, ou o banco de dados não pode ser lido; o log diz a causa.
attention-webhook-failing = O destino { $cause }; { $waiting }. As tentativas continuam sozinhas, em ordem por chamada.{ $event }
attention-webhook-gone = Pausado: o destino respondeu 410 (não existe mais); { $waiting }. Corrija a URL e retome.
attention-webhook-paused = Pausado por uma pessoa; { $waiting }. Retome quando o destino estiver pronto.
attention-event-failing = Um evento não é aceito; os outros seguem.{ $event } As tentativas continuam sozinhas.
attention-not-served = Esta versão do Ramal não serve o provedor “{ $provider }”: nada chega desta fonte. Use a versão que a criou, ou apague a fonte.
attention-token-refused = Token inválido: a { $provider } recusou o token. Confira o token e se a empresa está ativa na { $provider }.
attention-token-expired = O token venceu em { $day }. Crie outro na { $provider } e troque-o aqui.
attention-token-expires = O token vence { $day }. Crie outro na { $provider } e troque-o antes disso.
attention-gap-open = Sem conexão: o que a { $provider } envia agora não chega. As tentativas continuam sozinhas.
attention-gap-open-about = Sem conexão, desde o último sinal de vida antes de o Ramal parar: o que a { $provider } envia agora não chega. As tentativas continuam sozinhas.
attention-not-connected = Ainda não conectou. Confira a URL do socket e a rede; as tentativas continuam sozinhas.
attention-silence = Conectado, mas sem eventos há mais de uma hora. Se a operação está ativa, confira a empresa na { $provider }.
attention-silence-company =
    { $n ->
        [one] Nenhum evento há 1 minuto de expediente. Se há gente trabalhando, confira a empresa no provedor.
       *[other] Nenhum evento há { $n } minutos de expediente. Se há gente trabalhando, confira a empresa no provedor.
    }
attention-door-refuses =
    { $n ->
        [one] A porta recusou 1 envio, e nada foi aceito desde então. { $advice }
       *[other] A porta recusou { $n } envios, e nada foi aceito desde então. { $advice }
    }
attention-door-refuses-nobody =
    { $n ->
        [one] 1 envio da { $provider } foi recusado sem token de nenhuma fonte: não se sabe de quem é. { $advice }
       *[other] { $n } envios da { $provider } foram recusados sem token de nenhuma fonte: não se sabe de quem são. { $advice }
    }
door-refused-advice =
    { $status ->
        [400] HTTP { $status }: o conteúdo não tem a forma que a { $provider } documenta. A última recusa, na página da conexão, diz qual campo.
        [401] HTTP { $status }: o token que chega não é o desta fonte. Confira o token na { $provider }, ou troque-o aqui.
        [409] HTTP { $status }: nenhum token veio, e há mais de uma fonte. Use na { $provider } o endereço próprio da fonte.
        [413] HTTP { $status }: o envio é maior do que o limite desta instalação.
       *[other] HTTP { $status }. Confira na { $provider } para onde e como ela envia.
    }
attention-events-refused = O banco de dados recusou o conteúdo de eventos desta fonte, que se perderam; os demais foram gravados. O log e a queda no histórico da fonte dizem o motivo.
attention-events-lost = O banco de dados voltou sem os últimos eventos que já tinha gravado (uma réplica atrasada, ou uma cópia antiga). Os webhooks que já os receberam não os recebem de novo; os demais não os recebem. A queda no histórico da fonte diz de quando são.
attention-calls-not-routed = A { $provider } não soube a tempo para onde encaminhar: { $count } na última hora. Elas seguiram como a central está configurada. Confira o endereço das ações, o usuário e a senha, e se a central responde.
attention-calls =
    { $n ->
        [one] 1 chamada
       *[other] { $n } chamadas
    }
attention-events-expired = Eventos vencidos pela retenção antes da entrega: { $count }.{ $event } Aumente retention ou retome o webhook antes.
attention-events-crowded-out = Eventos abandonados porque havia eventos demais com falha: { $count }.{ $event } Reenvie-os quando o destino os aceitar.
attention-events-dead = Eventos que não serão mais tentados sozinhos: { $count }.{ $event } Reenvie-os quando o destino os aceitar, ou descarte-os.
attention-contact-failing = A última mensagem não foi aceita. As tentativas continuam sozinhas; confira o contato em Alertas e teste.
attention-cause = { $sentence } A causa: { $why }.

# O evento de que se fala, como frase dentro das de cima.
attention-the-event = Evento { $id }{ $size }.
attention-the-event-answered = Evento { $id }{ $size }, última resposta: { $last }.
