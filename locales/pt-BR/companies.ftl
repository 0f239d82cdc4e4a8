# As empresas e o estado de suas linhas.

companies-title = Empresas
companies-name = Empresa
companies-line = Conexão
companies-last-event = Último evento
companies-sources = Fontes
companies-none = Nenhuma empresa ainda
companies-none-text = Cada empresa aparece aqui com o estado de sua conexão. Cadastre a primeira para começar a receber eventos.

line-ready = Pronto para receber
line-connected = Conectado
line-connecting = Carregando
line-waiting = Reconectando em { $span }
line-refused = Token recusado
line-stopped = Desconectado
line-none = Sem fonte

