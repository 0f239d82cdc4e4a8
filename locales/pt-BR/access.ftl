# Entrar, e o primeiro administrador.

sign-in-title = Entrar
sign-in-login = Usuário ou e-mail
sign-in-password = Senha
sign-in-button = Entrar
sign-in-wrong = Usuário ou senha incorretos
sign-in-wrong-advice = Um administrador pode dar a você uma senha nova.

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
