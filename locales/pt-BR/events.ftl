# Os eventos: a busca, um evento, e o que aconteceu com ele em cada webhook.

events-title = Eventos
events-choose = De qual empresa?
events-time = Recebido
events-type = Tipo
events-by = Procurar por
events-key =
    { $kind ->
        [call] Chamada
        [phone] Telefone
        [agent] Agente
       *[chat] Conversa
    }
events-value = Valor
events-value-hint = Telefone com DDD; os outros pelo ID.
events-text = Texto no conteúdo
events-from = De
events-to = Até
events-all = não filtrar
events-to-any = qualquer webhook
events-not-delivered = Não entregue a
events-about = De que se trata
events-as-of = Situação às
events-search = Buscar
events-filters = Filtros
events-clear = Limpar filtros
events-none = Nenhum evento ainda
events-none-text = Os eventos aparecem aqui assim que a fonte desta empresa se conecta e o provedor envia o primeiro.
events-none-found = Nada encontrado
events-none-found-text = Nenhum evento guardado atende a todos os filtros. Confira o período e a grafia: no texto, maiúsculas e minúsculas são diferentes. Um telefone se procura completo, com DDD, em “Procurar por”.
events-stopped = A busca parou depois de olhar tudo o que chegou desde { $time }. Continue na próxima página.
events-types = Tipos de evento
events-counted =
    { $n ->
        [one] contagem no evento mais recente
       *[other] contagem nos { $n } eventos mais recentes
    }
events-count = Eventos
events-n =
    { $n ->
        [one] { $n } evento
       *[other] { $n } eventos
    }
events-odd =
    { $n ->
        [one] { $n } aviso
       *[other] { $n } avisos
    }

live-start = Acompanhar ao vivo
live-pause = Parar de acompanhar
live-on = Ao vivo
live-held = Parado enquanto você lê
live-rate = chegam # por segundo
live-rate-none = nada está chegando
live-new-one = 1 novo
live-new-many = # novos
live-missed = # não mostrados

event-received = recebido
event-content = Conteúdo
event-copy = Copiar
event-download = Baixar
event-search = Procurar no conteúdo
event-found = # encontrados
event-tree-cut = O conteúdo é grande: a árvore mostra só o começo. Baixe o arquivo para ver tudo.
event-raw = Texto como foi recebido
event-cut = Este é só o começo. Baixe o arquivo para ver tudo.
event-original = Baixar o original, com os segredos
event-original-note = A leitura fica registrada na auditoria.
event-whole =
    { $kind ->
        [chat] A conversa inteira
       *[call] A chamada inteira
    }
event-more = Ver todos
event-fates = O que aconteceu com ele
event-no-webhooks = Nenhum webhook existe agora. O que um webhook apagado recebeu não fica guardado.
event-resend = Reenviar
event-resent = Evento na fila de reenvio.
event-not-resent = Nada a reenviar: este evento já está na fila deste webhook.
event-facts = Detalhes
event-fact =
    { $fact ->
        [call] Chamada
        [phone] Telefone
        [agent] Agente
        [chat] Conversa
        [lane] Ordem mantida por
        [provider] Provedor
        [session] Sessão
       *[token] Token
    }
event-flag =
    { $flag ->
        [repaired] O corpo chegou com um erro de JSON e foi reparado antes de seguir. O original está guardado.
        [respelled] O banco não guarda o tipo, a fila ou as chaves como vieram: aqui aparecem escritos de outra forma. O webhook recebe o tipo como veio, e o conteúdo não muda.
       *[foreign_company] O conteúdo traz o ID de outra empresa.
    }
event-warning = Aviso da fonte: { $text }
size-kb = { $n } KB
size-mb = { $n } MB

became =
    { $fate ->
        [delivered] Entregue
        [pending] Na fila
        [paused] Pausado
        [held] Com falha, em nova tentativa
        [dead] Não entregue
        [unsubscribed] Não assina
        [filtered] Barrado pela regra
        [before] Anterior ao webhook
        [skipped] Pulado
        [expired] Expirado
       *[settled] Concluído
    }
became-delivered =
    { $origin ->
        [live] { $time } · { $status } em { $took } · tentativa { $n }
        [resend] { $time } · { $status } em { $took } · reenvio, tentativa { $n }
       *[replay] { $time } · { $status } em { $took } · reenvio de período, tentativa { $n }
    }
became-pending = Está na fila deste webhook.
became-failing = O destino { $cause } desde { $time }.
became-behind =
    { $order ->
        [call]
            { $n ->
                [0] Nenhum outro da mesma chamada sai antes dele; as outras chamadas não esperam por ele.
                [one] { $n } da mesma chamada sai antes dele; as outras chamadas não esperam por ele.
               *[other] { $n } da mesma chamada saem antes dele; as outras chamadas não esperam por ele.
            }
        [chat]
            { $n ->
                [0] Nenhum outro da mesma conversa sai antes dele; as outras conversas não esperam por ele.
                [one] { $n } da mesma conversa sai antes dele; as outras conversas não esperam por ele.
               *[other] { $n } da mesma conversa saem antes dele; as outras conversas não esperam por ele.
            }
        [agent]
            { $n ->
                [0] Nenhum outro do mesmo agente sai antes dele; os dos outros agentes não esperam por ele.
                [one] { $n } do mesmo agente sai antes dele; os dos outros agentes não esperam por ele.
               *[other] { $n } do mesmo agente saem antes dele; os dos outros agentes não esperam por ele.
            }
       *[nothing]
            { $n ->
               *[other] Não há ordem a manter: pode sair antes ou depois dos outros eventos.
            }
    }
became-behind-some =
    { $order ->
        [call] Os anteriores da mesma chamada saem antes dele; os de outras chamadas podem sair antes ou depois.
        [chat] Os anteriores da mesma conversa saem antes dele; os de outras podem sair antes ou depois.
        [agent] Os anteriores do mesmo agente saem antes dele; os de outros podem sair antes ou depois.
       *[other] Os anteriores da mesma sequência saem antes dele; os outros podem sair antes ou depois.
    }
became-tried =
    { $n ->
        [0] Ainda não foi tentado.
        [one] { $n } tentativa sem sucesso.
       *[other] { $n } tentativas sem sucesso.
    }
became-next = A próxima: { $time }.
became-resent = Na fila de reenvio.
became-due = É tentado de novo na primeira vaga.
became-paused = O webhook está pausado; o evento sai quando ele for retomado.
became-paused-note = O webhook está pausado ({ $note }); o evento sai quando ele for retomado.
became-paused-gone = O destino respondeu 410 (não existe mais) a dois eventos e o webhook foi pausado. Corrija a URL e retome.
became-waiting = Espera um evento anterior da mesma chamada, conversa ou agente, para sair em ordem.
became-dead =
    { $reason ->
        [rejected] O destino recusou este evento e aceitou outros. Tentativas: { $n }. Parado desde { $time }.
        [exhausted] Todas as tentativas falharam ({ $n }). Parado desde { $time }.
        [crowded_out] Havia eventos demais com falha e este era o mais tentado ({ $n }). Parado desde { $time }.
        [expired] O prazo de retenção acabou antes da entrega. Tentativas: { $n }. Desde { $time }.
        [discarded] Descartado por uma pessoa. Tentativas: { $n }. Desde { $time }.
       *[failed] Falhou. Tentativas: { $n }. Parado desde { $time }.
    }
became-unsubscribed = Este webhook não assina este tipo de evento (configuração nº { $revision }).
became-filtered =
    { $test ->
        [equals] A regra “{ $path } igual a { $wanted }” não foi atendida:
        [not-equals] A regra “{ $path } diferente de { $wanted }” não foi atendida:
        [greater] A regra “{ $path } maior que { $wanted }” não foi atendida:
        [less] A regra “{ $path } menor que { $wanted }” não foi atendida:
        [contains] A regra “{ $path } contém { $wanted }” não foi atendida:
        [not-contains] A regra “{ $path } não contém { $wanted }” não foi atendida:
       *[exists] A regra “{ $path } existe” não foi atendida:
    }
became-filtered-was = o valor era { $value }.
became-filtered-nothing = o campo não veio.
became-before = Chegou antes do primeiro evento deste webhook.
became-skipped = A fila foi pulada à mão para depois deste evento.
became-skipped-by = Fila pulada por { $who }: { $time }.
became-expired = O prazo de retenção acabou antes da entrega.
became-settled = Resolvido há tanto tempo que as tentativas já não estão guardadas.
became-attempts =
    { $n ->
        [one] { $n } tentativa
       *[other] { $n } tentativas
    }
attempt =
    { $origin ->
        [live] Tentativa { $n }: { $outcome }
        [resend] Reenvio, tentativa { $n }: { $outcome }
        [test] Teste: { $outcome }
       *[replay] Reenvio de período, tentativa { $n }: { $outcome }
    }
attempt-phase =
    { $phase ->
        [dns] DNS { $took }
        [connect] conexão { $took }
        [tls] TLS { $took }
        [first] primeiro byte { $took }
       *[total] total { $took }
    }
keys-search = Procurar nesta página, ou nos eventos
