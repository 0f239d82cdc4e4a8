# Alertas: o que se manda para fora do painel, e a página de quem fica sabendo.

# O começo de uma mensagem: quantos incidentes, e o pior deles.
alert-opened =
    { $total ->
        [one] { $worst }
       *[other] { $total } incidentes: { $worst }
    }
alert-still-open =
    { $total ->
        [one] Continua: { $worst }
       *[other] Continuam { $total } incidentes: { $worst }
    }
alert-escalated =
    { $total ->
        [one] Ninguém reconheceu: { $worst }
       *[other] Ninguém reconheceu { $total } incidentes: { $worst }
    }
alert-resolved =
    { $total ->
        [one] Resolvido: { $worst }
       *[other] { $total } incidentes resolvidos: { $worst }
    }
alert-summary =
    { $total ->
        [0] Nenhum incidente aberto
        [one] 1 incidente aberto: { $worst }
       *[other] { $total } incidentes abertos: { $worst }
    }
alert-test = Teste: os alertas do Ramal chegam aqui
alert-more = e mais { $n }
alert-cost =
    { $cost ->
        [losing] perdendo agora
        [waiting] atrasado, sem perda
       *[coming] vai acontecer
    }
alert-since = desde { $since } (Brasília)
alert-from-to = de { $since } a { $closed } (Brasília)
alert-open = Ver o incidente
alert-open-panel = Abrir o painel

# Por que uma mensagem não foi aceita; o resto está em net.ftl.
alert-failed-status = o destino respondeu HTTP { $code }
alert-failed-smtp = o servidor de e-mail respondeu { $code }
alert-failed-recipients = o servidor de e-mail não aceitou todos os endereços ({ $code })
alert-failed-no-mail-server = a configuração do Ramal não diz por qual servidor de e-mail enviar ([smtp])
alert-failed-no-starttls = o servidor de e-mail não oferece STARTTLS, que a configuração do Ramal pede ([smtp] tls)
alert-failed-no-login = o servidor de e-mail não aceita usuário e senha de nenhuma forma conhecida aqui
alert-failed-not-smtp = o que responde não fala SMTP
alert-failed-unusable = o que está guardado deste contato não pode ser usado: salve-o de novo
