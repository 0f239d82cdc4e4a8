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
alert-over = Resolvido: { $title }
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

# A página: quem fica sabendo, e por onde.
alerts-title = Alertas
point-list = Contatos
point-new = Novo contato
point-new-of = Novo contato: { $service }
point-over = Por onde este contato fica sabendo?
point-none = Ninguém fica sabendo ainda
point-none-text = Um contato é por onde um alerta sai do painel: e-mail, Telegram, Slack, Teams, Google Chat, Discord ou um webhook seu. Cadastre um e teste se chega.
point-kind =
    { $kind ->
        [email] E-mail
        [telegram] Telegram
        [slack] Slack
        [teams] Microsoft Teams
        [google_chat] Google Chat
        [discord] Discord
       *[webhook] Webhook
    }
point-kind-hint =
    { $kind ->
        [email] para uma ou mais caixas, pelo servidor de e-mail da instalação
        [telegram] por um robô, para uma pessoa, um grupo ou um canal
        [slack] em um canal, por um webhook de entrada
        [teams] em um canal ou chat, por um fluxo do app Workflows
        [google_chat] em um espaço, por um webhook
        [discord] em um canal, por um webhook
       *[webhook] para um sistema seu: POST assinado, um evento por incidente
    }
point-how =
    { $kind ->
        [email] Cada endereço recebe o mesmo e-mail. O que se resolve chega na mesma conversa do que se abriu.
        [telegram] Crie um robô com o @BotFather e coloque-o no grupo ou canal. O número do chat aparece em getUpdates depois que alguém escreve ali; o de um grupo começa com -.
        [slack] No Slack: crie um app em api.slack.com/apps, ligue Incoming Webhooks e copie a URL do canal.
        [teams] No Teams: no canal, abra Fluxos de trabalho, escolha o modelo que publica quando uma solicitação de webhook é recebida e copie a URL.
        [google_chat] No Google Chat: no espaço, abra Apps e integrações, crie um webhook e copie a URL.
        [discord] No Discord: nas configurações do canal, abra Integrações, crie um webhook e copie a URL.
       *[webhook] Cada incidente é um evento, assinado como as entregas de webhooks (Standard Webhooks). O formato está em docs/alerts.md.
    }
point-no-mail = A configuração do Ramal ainda não diz por qual servidor de e-mail enviar ([smtp] em ramal.toml): até lá, nada sai por este contato.
point-name = Nome
point-name-hint = Como a equipe o conhece: Plantão, #telefonia…
point-of = De quem
point-of-all = Toda a instalação
point-of-hint = Um contato de uma empresa só fica sabendo do que é dela.
point-to = Endereços
point-to-hint = Um por linha, até 20.
point-token = Token do robô
point-chat = Chat
point-chat-hint = O número do chat, ou @nome de um grupo ou canal público.
point-thread = Tópico
point-thread-hint = O número do tópico, em grupos que têm tópicos.
point-url = URL
point-secret = Segredo da assinatura
point-secret-hint = Deixe vazio para o Ramal criar um e mostrá-lo uma vez.
point-secret-once = Este é o segredo que assina os eventos deste contato. Guarde-o agora: ele não será mostrado de novo.
point-kept = Guardado: { $shown }. Deixe vazio para manter.
point-lang = Idioma das mensagens
point-lang-of =
    { $lang ->
        [en] Inglês
       *[pt-BR] Português
    }
point-create = Cadastrar
point-created = { $name }: contato cadastrado. Teste se chega.
point-saved = { $name }: alterações salvas.
point-deleted = { $name }: contato excluído.
point-delete = Excluir
point-delete-title = Excluir { $name }?
point-delete-goes = Nada mais será enviado por este contato, e o que está guardado dele (endereço, token, segredo) é apagado.
point-last = Última mensagem
point-last-never = nunca enviada
point-last-taken = entregue
point-last-partly = entregue em parte
point-last-not = não chegou
point-not-arrived = A última mensagem para { $name } não chegou.
point-test = Testar
point-test-of = Teste de { $name }
point-test-lead = Uma mensagem que só diz que chega, enviada agora por { $service }.
point-test-again = Testar de novo
point-test-back = Voltar aos contatos
point-test-taken = O destino aceitou a mensagem. Confira se ela apareceu.
point-test-partly = O destino aceitou a mensagem, mas não para todos.
point-test-not = A mensagem não foi aceita.

# As regras: quem fica sabendo, de quê e quando.
rule-list = Alertas
rule-none = Nenhum alerta ainda
rule-none-text = Um alerta diz quem fica sabendo de quais incidentes. Sem nenhum, nada sai do painel.
rule-new = Novo alerta
rule-name = Nome
rule-of = Empresa
rule-costs = Avisa do que está
rule-kinds = Só destes tipos
rule-kinds-hint = Sem nenhum marcado, todos.
rule-points = Quem fica sabendo na hora
rule-escalates-after = Se ninguém reconhecer em (minutos)
rule-escalates-to = avisa também
rule-repeats-after = Repete enquanto ninguém reconhecer, a cada (minutos)
rule-tells-end = Avisa também quando passar
rule-enabled = Ativo
rule-off = Desligado
rule-saved = Alerta “{ $name }” salvo.
rule-saved-while-open =
    { $n ->
        [one] Alerta “{ $name }” salvo. Ele avisa do que abrir daqui em diante: o incidente que já está aberto não será avisado por ele.
       *[other] Alerta “{ $name }” salvo. Ele avisa do que abrir daqui em diante: os { $n } incidentes que já estão abertos não serão avisados por ele.
    }
rule-stale = Outra pessoa salvou este alerta agora há pouco. O que você digitou continua aqui; confira e salve de novo.
rule-delete = Apagar alerta
rule-delete-title = Apagar o alerta “{ $name }”?
rule-delete-goes = O que ele ainda ia avisar não será avisado.
rule-deleted = Alerta “{ $name }” apagado.
rule-tells = { $who }, na hora.
rule-then =
    { $n ->
        [one] { $who }, se ninguém reconhecer em 1 min.
       *[other] { $who }, se ninguém reconhecer em { $n } min.
    }
rule-again =
    { $n ->
        [one] Repete a cada minuto.
       *[other] Repete a cada { $n } min.
    }
quiet-title = Não perturbe
quiet-is = Das { $from } às { $to } só sai o que está perdendo eventos agora. O resto espera o fim desse horário, num alerta só.
quiet-is-not = Sem horário: todo alerta sai na hora.
quiet-zone = Horário de Brasília. Deixe os dois em branco para não ter horário.
quiet-saved = Horário salvo.
rule-others =
    { $n ->
        [one] mais { $n } contato
       *[other] mais { $n } contatos
    }
quiet-stale = Outra pessoa mudou o horário agora há pouco. Confira o que está salvo e preencha de novo.
