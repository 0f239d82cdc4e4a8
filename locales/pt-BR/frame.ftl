# O que está em volta de toda página, e as partes de que elas são feitas.

frame-skip = Ir para o conteúdo
frame-navigation = Principal
frame-language = Idioma
frame-theme = Aparência
frame-theme-system = Sistema
frame-theme-light = Claro
frame-theme-dark = Escuro
frame-sign-out = Sair
frame-close = Fechar
frame-dialog = Confirmação
frame-lost = Sem contato com o servidor: o que está na tela é de { $time }. A página se atualiza assim que ele voltar.
frame-again = Reconectando: o que está na tela é de { $time }.
role =
    { $role ->
        [reader] Somente leitura
        [operator] Operador
       *[administrator] Administrador
    }
tone =
    { $tone ->
        [ok] Tudo certo
        [warn] Atenção
        [bad] Problema
        [off] Parado
       *[info] Informação
    }
cancel = Cancelar
field-optional = opcional
field-erased =
    { $what ->
        [address] Por segurança, o endereço não volta para a tela: cole-o de novo.
        [token] Por segurança, o token não volta para a tela: cole-o de novo.
        [secret] Por segurança, o segredo não volta para a tela: cole-o de novo.
        [values] Os valores foram apagados por segurança: digite-os de novo.
       *[password] Por segurança, a senha não volta para a tela: digite-a de novo.
    }
form-wrong = Nada foi gravado: corrija os campos indicados.
pager = Páginas
pager-first = Voltar ao início
pages-here = { $from }–{ $to } de { $of }
pages-before = Página anterior
filter-any = Qualquer
filter-search = Procurar
filter-sort = Ordem
list-as-of = às
pager-next = Próxima página
confirm-type = Para confirmar, digite o nome: { $name }
confirm-wrong = Não é este o nome. Nada foi apagado.

keys-title = Atalhos do teclado
keys-help = Mostrar estes atalhos
keys-close = Fechar o que está aberto

trouble-back = Voltar ao início
trouble-not-found = Não encontrado
trouble-not-found-advice = Pode ter sido apagado, ou não estar entre as empresas que você vê.
trouble-forbidden = Você não pode fazer isto
trouble-forbidden-advice =
    { $role ->
        [operator] É preciso ser operador ou administrador. Peça a um administrador.
       *[administrator] É preciso ser administrador. Peça a um deles.
    }
who =
    { $kind ->
        [settings] arquivo de configuração
        [terminal] linha de comando
        [setup] primeiro acesso
        [nobody] alguém sem acesso
        [key] chave de API “{ $name }”
       *[person] { $name }
    }
stale = Outra pessoa salvou antes de você
stale-by =
    { $kind ->
        [settings] O arquivo de configuração mudou isto antes de você, em { $day } às { $hour }
        [key] A { $who } salvou antes de você, em { $day } às { $hour }
        [terminal] A { $who } salvou antes de você, em { $day } às { $hour }
       *[person] { $who } salvou antes de você, em { $day } às { $hour }
    }
stale-advice = O que você digitou continua aqui, exceto senhas e tokens. Se salvar de novo, o que foi salvo antes se perde.
stale-see = Ver o que foi salvo, em outra aba
trouble-stale = Outra pessoa alterou isto antes de você
trouble-stale-advice = Volte, veja o que mudou e tente de novo. Nada foi gravado.
trouble-conflict = Não é possível agora
trouble-unavailable = O banco de dados não responde
trouble-unavailable-advice = O que foi aceito está guardado. Tente de novo em alguns segundos.
trouble-elsewhere = Outro processo está com a empresa
trouble-elsewhere-advice = Nada foi alterado. Tente de novo em alguns segundos.
trouble-tries = Tentativas demais
trouble-tries-advice = Tente de novo em { $seconds } s.
trouble-unknown = É preciso entrar
trouble-unknown-advice = Entre e tente de novo.
trouble-invalid = Há algo errado com o que foi enviado
trouble-internal = Algo deu errado aqui
trouble-internal-advice = O registro (log) do programa diz o quê. Nada foi alterado.
trouble-too-large = Grande demais
trouble-too-large-advice = O que foi enviado passa de { $mebibytes } MB. Divida o arquivo em partes. Nada foi alterado.
trouble-origin = Este pedido não veio de uma página do painel
trouble-origin-advice = Volte ao painel e tente de novo. Nada foi alterado.
trouble-origin-host = Se { $origin } é o endereço em que você abre o painel, há um proxy no caminho que troca o cabeçalho Host: aqui chegou “{ $host }”. Faça o proxy repassá-lo (nginx: proxy_set_header Host $http_host;) ou configure public_url = "{ $origin }" no Ramal. Nada foi alterado.
trouble-origin-proxy = Se { $origin } é o endereço em que você abre o painel, há um proxy no caminho: ele manda X-Forwarded-Host “{ $forwarded }” e o Host “{ $host }”, mas o Ramal só acredita nele se a rede dele estiver em trusted_proxies. Configure isso, ou public_url = "{ $origin }". Nada foi alterado.
crumbs = Onde você está
stands-again = Atualizar
yes = sim
no = não
