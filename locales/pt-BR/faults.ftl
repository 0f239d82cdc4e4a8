# O que há de errado com um campo: cada frase diz o que seria certo.

fault-missing = Preencha este campo.
fault-too-long = Use no máximo { $max } caracteres.
fault-control-characters = Retire quebras de linha, caracteres de controle e os que invertem a direção do texto.
fault-out-of-range = Use um valor entre { $min } e { $max }.
fault-too-many = Use no máximo { $max } itens.
fault-not-a-url = Isto não é uma URL. Exemplo: https://api.minhaempresa.com/webhook
fault-url-scheme = A URL deve começar com { $allowed }.
fault-url-not-permitted = A URL aponta para um endereço interno. Um administrador pode liberar a rede em [guard] allow.
fault-event-pattern = “{ $given }” não é um tipo de evento: use o nome exato, um prefixo como “call-*”, ou “*”.
fault-unknown-type =
    { $kind ->
        [prefix] Nenhum evento conhecido começa com “{ $given }”.
        [prefix-meant] Nenhum evento conhecido começa com “{ $given }”. Você quis dizer { $meant }?
        [name-meant] Nenhum evento conhecido se chama “{ $given }”. Você quis dizer { $meant }?
        [several] Nenhum evento conhecido se chama “{ $given }”. São vários tipos? { $meant }
       *[name] Nenhum evento conhecido se chama “{ $given }”.
    }
fault-rule-path = “{ $given }” não é um caminho. Exemplos: “callHistory.status”, “tags[0]”.
fault-rule-value-missing = Este operador precisa de um valor.
fault-rule-value-unordered = Use um número, uma data ou uma duração. Exemplos: 30, 2024-12-31, 00:01:30
fault-secret-again = O endereço passou a ser de outro servidor: o que está guardado não vai para lá. Digite de novo, ou retire.
fault-hidden-nothing = Uma parte da URL está oculta (…) e não há o que pôr no lugar: digite a URL inteira.
fault-hidden = O valor de “{ $key }” está oculto (…) e não vai para outro endereço: digite-o de novo.
fault-header-name = “{ $given }” não é um cabeçalho HTTP válido.
fault-header-reserved = O cabeçalho “{ $given }” é preenchido pelo Ramal.
fault-header-line = Linha { $line }: falta “:”. Exemplo: X-Chave: valor
fault-not-digits = Use só números, por exemplo 12345
fault-taken = Já está em uso.
fault-not-one = Use um destes: { $allowed }.
fault-not-in-this-company = Não pertence a esta empresa.
fault-empty-range = Não há eventos neste período.
fault-no-company = Escolha pelo menos uma empresa.
fault-end-before-start = O fim vem antes do início.
fault-login-shape = Use pelo menos 3 caracteres, sem espaços. Exemplo: ana@minhaempresa.com
fault-password-short = Use pelo menos { $min } caracteres.
fault-password-easy = Esta senha se adivinha fácil. Use três ou quatro palavras.
fault-password-holds-login = A senha contém o usuário com que se entra, e é isso que se tenta primeiro. Tire-o dela.
fault-password-wrong = Esta não é a senha atual.
fault-not-the-same = As duas não são iguais.
fault-code-wrong = Este não é o código.
fault-code-over = Este código valia no dia em que foi escrito e no seguinte. Reinicie o programa: ele escreve outro no log.
fault-no-such = Não existe.
fault-past = Escolha um momento no futuro.
fault-day-past = Esta data já passou.
fault-not-json = Isto não é JSON válido (linha { $line }, coluna { $column }).
fault-unread = O corpo é grande demais, ou não chegou inteiro.
fault-not-keys = Use as teclas de um telefone: 0 a 9, A a D, * e #, até 16, por exemplo *2.
fault-not-a-phone = Use só os números do telefone, de 3 a 20, por exemplo 11999990000.
fault-not-a-cpf = Este CPF não confere: são onze dígitos, e os dois últimos dependem dos outros.
fault-not-an-email = Este não é um endereço de e-mail, como plantao@empresa.com.br.
fault-not-a-chat = Use o número do chat (de um grupo, começa com -) ou @nome do grupo ou canal.
fault-not-a-bot-token = Este não é o token de um robô: o @BotFather dá um assim: 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw.
fault-twice = Este campo aparece duas vezes.
fault-too-many-parts = São campos e itens demais; no máximo { $max } ao todo.
fault-too-deep = Há objetos e listas demais uns dentro dos outros; no máximo { $max }.
fault-unknown = Este campo não existe.
fault-malformed = Valor com formato errado: era esperado { $expected }.

# O que era esperado, dentro da frase acima.
expected-text = um texto
expected-truth = true ou false
expected-whole = um número inteiro entre { $min } e { $max }
expected-number = um número
expected-list = uma lista
expected-object = um objeto
expected-nothing = null
expected-company-id = o id de uma empresa, como company_7
expected-event-id = o id de um evento, como evt_7_1024
expected-webhook-or-any = o id de um webhook, como webhook_7, ou any
expected-clock = um horário como 22:00
expected-time = uma data e hora em ISO 8601, como 2024-01-01T00:00:00Z
expected-date = uma data, como 2024-12-31
expected-cursor = o valor “next” de uma página desta lista
expected-other = outro tipo de valor

# Um nome que já é de outro.
name-of-company = Já existe uma empresa com este nome: { $existing }
name-of-webhook = Esta empresa já tem um webhook com este nome: { $existing }
