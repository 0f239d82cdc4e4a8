# A conta de cada um, os usuários, as chaves de API e a auditoria.

save = Salvar
copy = Copiar
once-done = Já guardei
once-shown = O segredo já não está aqui
once-shown-text = Um segredo aparece uma vez só: ele já foi mostrado, ou deixou de esperar (passaram cinco minutos, ou o Ramal reiniciou). Nada foi feito de novo. Se ele não foi guardado, crie outro.
once-shown-back = Ir ao início

role-title = Perfil
role-hint =
    { $role ->
        [reader] Vê conexões, eventos, webhooks e entregas; não altera nada e não vê configurações nem auditoria.
        [operator] Também conecta, pausa, reenvia e testa.
       *[administrator] Também cria, altera e apaga.
    }
scope = Empresas que pode ver
scope-all = Todas as empresas
scope-all-hint = Também as que forem cadastradas depois.
scope-some = Só as escolhidas
scope-companies = Empresas
scope-chosen = Empresas escolhidas
scope-add = Acrescentar uma empresa
scope-lines = Acrescentar várias
scope-lines-hint = Uma por linha: o nome, uma parte que só ele tem, ou o ID, como company_7.
company-unknown = Nenhuma empresa se chama “{ $typed }”.
company-several = Há mais de uma empresa com “{ $typed }” no nome: escreva o nome inteiro.

account-title = Minha conta
account-you = Seus dados
account-zone = Fuso horário
account-zone-hint = As datas e horas do painel aparecem neste fuso.
account-saved = Seus dados foram salvos.
account-password = Senha
account-password-text = Ao trocar a senha, seus outros navegadores saem do painel.
account-password-current = Senha atual
account-password-new = Nova senha
account-password-again = Nova senha, outra vez
account-password-button = Trocar senha
account-password-changed = Sua senha foi trocada.
account-temporary = Escolha uma senha sua
account-temporary-advice = A que você recebeu é provisória: outra pessoa a conhece. O resto do painel abre depois da troca.

users-title = Usuários
user-new = Novo usuário
user-new-text = Ao criar, o painel mostra uma senha provisória, uma única vez. No primeiro acesso a pessoa escolhe a dela.
user-create = Criar usuário
user-created = { $name } já pode entrar
user-saved = { $name }: alterações salvas.
user-deleted = { $name } não entra mais.{ $keys ->
        [0] { "" }
        [one] { " " }A chave de API que criou foi revogada.
       *[other] { " " }As { $keys } chaves de API que criou foram revogadas.
    }
user-temporary = Senha provisória
user-last-sign-in = Último acesso
user-access = Acesso
user-access-text = Quem esqueceu a senha recebe uma nova. Quem vai ficar fora um tempo pode ter o acesso desativado, sem perder o cadastro.
user-disabled = Desativado
user-disabled-text = Esta pessoa não pode entrar no painel. Ao ativar, ela volta a entrar com a senha que tinha.
user-enable = Ativar acesso
user-enabled-now = { $name } já pode entrar de novo.
user-disable = Desativar acesso
user-disable-title = Desativar o acesso de { $name }?
user-disable-goes = A pessoa sai do painel agora e não entra até que alguém ative o acesso de novo.
user-disable-stays = O cadastro, o perfil e a senha ficam guardados. As chaves de API que criou continuam valendo, se você não as revogar.
user-disabled-now = O acesso de { $name } está desativado.{ $keys ->
        [0] { "" }
        [one] { " " }A chave de API que criou foi revogada.
       *[other] { " " }As { $keys } chaves de API que criou foram revogadas.
    }
user-password-title = Gerar uma senha nova para { $name }?
user-password-goes = A senha atual deixa de valer e a pessoa sai do painel agora, em todos os navegadores.
user-password-stays = Você verá uma senha provisória, uma única vez, para entregar a ela.
user-password-reset = Gerar senha nova
user-password-new = Senha nova de { $name }
user-password-once = Entregue esta senha provisória a { $login } por um meio seguro. Ela não será mostrada de novo.
user-delete = Apagar usuário
user-delete-title = Apagar { $name }?
user-delete-goes = A pessoa sai do painel agora e não entra mais.
user-delete-stays = O que ela fez continua na auditoria. As chaves de API que criou continuam valendo, se você não as revogar.
user-keys-revoke =
    { $count ->
        [one] Revogar também a chave de API que criou: { $names }
       *[other] Revogar também as { $count } chaves de API que criou: { $names }
    }

keys-of-api-title = Chaves de API
key-new = Nova chave
key-none = Nenhuma chave de API
key-none-text = Uma chave deixa outro sistema, como o seu CRM, usar a API do Ramal. Cada sistema deve ter a sua.
key-name = Nome
key-name-hint = Para que serve. Exemplo: CRM
key-state-title = Situação
key-state =
    { $state ->
        [active] Ativa
        [expired] Vencida
       *[revoked] Revogada
    }
key-made-by = Criada por
key-maker =
    { $state ->
        [disabled] Quem a criou está desativado
        [deleted] Quem a criou foi apagado
        [restricted] Pode mais do que quem a criou
       *[ended] A chave que a criou não vale mais
    }
key-last-used = Último uso
key-expires = Válida até
key-endless = não vence
key-expires-hint = O último dia em que a chave vale. Vazio: não vence.
key-create = Criar chave
key-created = Chave { $name } criada
key-once = Copie a chave agora e guarde-a onde o sistema vai usá-la. Ela não será mostrada de novo.
key-revoke = Revogar
key-revoke-title = Revogar a chave { $name }?
key-revoke-goes = Quem usa esta chave perde o acesso à API agora. Não há como desfazer.
key-revoke-stays = Ela continua na lista, como revogada.
key-revoked = A chave { $name } foi revogada.

audit-title = Auditoria
audit-none = Nada registrado ainda
audit-none-found = Nada encontrado com estes filtros
audit-none-text = Cada alteração fica aqui: quem a fez, quando, de onde, e o que havia antes.
audit-at = Quando
audit-actor = Quem
audit-what = O que fez
audit-action-asked = Ação
audit-target = Em quê
audit-target-example = Nome ou id, como webhook_4
audit-company = Empresa
audit-company-any = Qualquer uma
audit-action-any = Qualquer uma
audit-from = De
audit-to = Até
audit-filter = Filtrar
audit-clear = Limpar filtros
audit-became = passou a ser
audit-changes =
    { $count ->
        [one] { $count } campo
       *[other] { $count } campos
    }
audit-field =
    { $case ->
        [name] Nome
        [login] Login
        [role] Perfil
        [companies] Empresas
        [lang] Idioma
        [zone] Fuso horário
        [url] URL
        [events] Eventos
        [event] Evento
        [rules] Regras
        [format] Formato
        [redact] Campos escondidos
        [concurrency] Requisições ao mesmo tempo
        [rate-per-second] Requisições por segundo
        [timeout-seconds] Tempo limite, em segundos
        [ordered] Em ordem
        [retry-seconds] Novas tentativas, em segundos
        [bearer] Token
        [signing] Segredo
        [headers] Cabeçalho
        [overlap-hours] Manter o segredo antigo por (horas)
        [provider] Provedor
        [account] Conta
        [token] Token
        [secrets] Segredo
        [connect] Conectar
        [socket-url] Servidor
        [token-expires-on] Token vence em
        [provisioned] Do arquivo de configuração
        [reason] Motivo
        [before] Motivo anterior
        [from] Do evento nº
        [to] Ao evento nº
        [as-new] Como eventos novos
        [undelivered-only] Só o que não foi entregue
        [webhook] Webhook
        [state] Situação
        [prefix] Começo da chave
        [expires-at] Vale até
        [commands] Comando
        [late-after-seconds] Demora a partir de (segundos)
        [contacts] Contatos
        [known] Dados
        [action] Ação
        [destination] Destino
        [taken] Aceito pelo provedor
        [wrong] O que estava errado
        [version] Versão
        [enabled] Ativo
        [channel] Canal
        [terms] Condições
        [until] Até
        [text] Texto
        [made-of] Conteúdo
        [id] ID do evento
       *[other] { $field }
    }
audit-made-of =
    { $made ->
        [event] um evento recebido
        [example] o exemplo da documentação
        [payload] o que foi dado
       *[placeholder] um conteúdo mínimo
    }
audit-action =
    { $case ->
        [alert-rule-create] Criou um alerta
        [alert-rule-update] Alterou um alerta
        [alert-rule-delete] Apagou um alerta
        [api-key-create] Criou uma chave de API
        [api-key-revoke] Revogou uma chave de API
        [consumer-rebuild] Mandou refazer linhas a partir do registro em disco
        [board-update] Alterou o quadro de uma empresa
        [call-action] Mandou um provedor agir sobre uma chamada
        [call-session-unmasked] Viu as senhas de ICE do registro de uma chamada
        [company-create] Cadastrou uma empresa
        [company-update] Alterou uma empresa
        [company-diagnose] Pediu um diagnóstico
        [company-delete] Apagou uma empresa
        [contact-point-create] Cadastrou um contato de alertas
        [contact-point-update] Alterou um contato de alertas
        [contact-point-delete] Excluiu um contato de alertas
        [contact-point-test] Testou um contato de alertas
        [contact-create] Cadastrou um contato
        [contact-update] Alterou um contato
        [contact-delete] Excluiu um contato
        [contact-export] Exportou os contatos
        [contact-import] Importou contatos
        [incident-acknowledge] Reconheceu um incidente
        [incident-note] Anotou em um incidente
        [incident-silence] Silenciou um incidente
        [incident-unsilence] Reativou um incidente
        [silence-alarm-update] Alterou o alarme de silêncio de uma empresa
        [source-create] Cadastrou uma fonte
        [source-update] Alterou uma fonte
        [source-delete] Apagou uma fonte
        [source-connect] Conectou uma fonte
        [source-disconnect] Desconectou uma fonte
        [source-try] Testou a conexão de uma fonte
        [event-payload] Viu os dados completos de um evento
        [webhook-create] Cadastrou um webhook
        [webhook-update] Alterou um webhook
        [webhook-delete] Apagou um webhook
        [webhook-pause] Pausou um webhook
        [webhook-resume] Retomou um webhook
        [webhook-try-now] Mandou tentar agora o que falhou
        [webhook-test] Enviou um teste
        [webhook-skip] Pulou eventos da fila
        [webhook-resend] Reenviou eventos
        [webhook-discard] Descartou eventos
        [webhook-rotate-secret] Trocou o segredo de um webhook
        [quiet-hours-update] Alterou o horário de não perturbe
        [replay-create] Iniciou um reenvio
        [replay-pause] Pausou um reenvio
        [replay-resume] Retomou um reenvio
        [replay-cancel] Cancelou um reenvio
        [user-create] Criou um usuário
        [user-update] Alterou um usuário
        [user-delete] Apagou um usuário
        [user-disable] Desativou um usuário
        [user-enable] Ativou um usuário
        [user-password] Trocou a própria senha
        [user-reset-password] Gerou uma senha nova
        [user-preferences] Alterou os próprios dados
        [user-sign-in] Entrou
        [user-sign-out] Saiu
        [user-refused] Entrada recusada: senha ou código errado
       *[other] { $action }
    }
