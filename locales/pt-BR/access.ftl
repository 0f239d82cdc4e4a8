# Entrar, e o primeiro administrador.

sign-in-title = Entrar
sign-in-login = Usuário ou e-mail
sign-in-password = Senha
sign-in-button = Entrar
sign-in-wrong = Usuário ou senha incorretos
sign-in-wrong-advice = Um administrador pode dar a você uma senha nova.
sign-in-ended = Sua sessão terminou
sign-in-ended-advice = Entre de novo para continuar de onde estava.
sign-in-ended-kept = Nada do que você enviou foi executado. Entre de novo, como a mesma pessoa: o formulário volta preenchido, menos senhas, tokens e outros segredos. Ele espera por meia hora.
sign-in-ended-lost = O que você enviou não foi executado nem guardado. Entre de novo e repita.
left-given-back = Está aqui o que você tinha digitado quando a sessão terminou. Nada foi executado: confira, digite de novo os segredos e envie.
left-gone = O que foi digitado antes de a sessão terminar não está mais guardado, ou é de outra pessoa. Nada daquilo foi executado.

setup-title = Primeiro acesso
setup-text = Ainda não há usuários. Crie o administrador: ele cadastra as empresas e os outros usuários.
setup-code = Código de instalação
setup-code-hint = Está no registro (log) que o programa escreveu ao iniciar.
setup-button = Criar administrador e entrar

user-name = Nome
user-login = Usuário ou e-mail
user-login-hint = Usado para entrar. Exemplo: ana@minhaempresa.com
user-password = Senha
user-password-hint = Pelo menos 10 caracteres. Três ou quatro palavras servem bem.
