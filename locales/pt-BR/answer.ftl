# Atender: o que toca, e o que se diz a quem atende. Nas frases dos scripts, $a e $b são postos por eles.

answer-title = Atender
answer-lead = As chamadas do WhatsApp tocam aqui, e em toda página aberta do Ramal. Quem atende primeiro fala.
answer-none = Nenhuma chamada tocando
answer-none-about = Deixe esta página aberta: quando alguém ligar, ela toca.
answer-nobody = Nada toca aqui
answer-nobody-about = Nenhuma das suas empresas tem uma fonte cujas chamadas se atendem no navegador.
answer-nobody-script = Atender usa o microfone do navegador, e para isso a página precisa de JavaScript.
answer-devices = Som e microfone
answer-microphone = Microfone
answer-speaker = Saída
answer-ring = Tocar neste navegador
answer-ring-try = Ouvir o toque
answer-microphone-try = Testar o microfone
answer-notify = Avisar também com notificações
answer-notify-denied = As notificações estão bloqueadas neste navegador.
answer-sound-blocked = O navegador só toca depois de um clique nesta página.
answer-ice = Servidores STUN e TURN se definem na fonte de cada empresa.
answer-reject = Recusar
answer-accept = Atender
answer-mute = Mudo
answer-hangup = Desligar
answer-keys = atende
answer-keys-hush = cala o toque
answer-others = Também tocando
answer-level = Nível da sua voz
answer-level-theirs = Nível da voz de quem ligou
answer-conversation = Conversa
answer-knows = O que o robô já sabe
answer-no-context = O provedor não disse o que levou a esta chamada.
answer-open-call = Abrir a chamada
answer-session-title = Sessão
answer-session-sound = Som
answer-session-net = Rede
answer-session-way = Caminho
answer-session-answered = Atendida
answer-no-microphone-rings = A chamada não foi atendida: continua tocando para os colegas.
answer-step-lock = Clique no cadeado ao lado do endereço e permita o microfone.
answer-step-headset = Confira se o fone está ligado neste computador.
answer-microphone-again = Tentar o microfone de novo
answer-without-you = Encerradas sem você
answer-missed-title = Perdidas e recusadas hoje
answer-missed-none = Nenhuma chamada perdida ou recusada hoje.
answer-missed-about = O provedor não liga de volta: responda pela conversa, que cada chamada mostra.
answer-missed-cut = Há mais empresas do que se procura juntas; as outras estão em Chamadas.
answer-missed-time = Hora
answer-missed-phone = Telefone
answer-missed-company = Empresa
answer-missed-why = Por quê
answer-log = Registro
answer-log-about = Fica só neste navegador, até a página ser fechada.
answer-log-unmask = Mostrar as senhas de ICE
answer-too-much = Há pedidos demais a caminho; espere as respostas.
answer-no-offer = A chamada não toca mais, ou não trouxe uma sessão (SDP) para atender.
answer-say-ringing = Uma chamada tocando
answer-say-ringing-many = { $a } chamadas tocando
answer-say-waiting = Atender
answer-say-talking = Falando
answer-say-unheard = Sem ligação com o Ramal: o que toca agora não se sabe.
answer-say-left = { $a } s
answer-say-late = toca há { $a } s
answer-say-for = para { $a }
answer-say-held = { $a } está atendendo
answer-say-elsewhere = Você está nesta chamada em outra aba ou navegador
answer-say-answering = Atendendo…
answer-say-microphone-denied = O navegador não deixou usar o microfone.
answer-say-microphone-none = Não há microfone neste computador.
answer-say-microphone-insecure = O navegador só dá o microfone a páginas por HTTPS (ou em localhost).
answer-say-microphone-usual = O do sistema
answer-say-session = A sessão que o provedor ofereceu não pôde ser usada: { $a }
answer-say-over = { $a } · a chamada terminou
answer-say-over-missed = { $a } desligou antes de alguém atender
answer-say-over-answered = { $a } · atendida por { $b }
answer-say-over-rejected = { $a } · recusada
answer-say-talked = { $a } · falaram { $b }
answer-say-answered = { $a }, tocou { $b } s
answer-say-mute = Mudo
answer-say-muted = Mudo ligado
answer-say-voices = A voz de quem ligou está chegando.
answer-say-voices-none = A voz de quem ligou ainda não chega.
answer-say-connecting = Ligando a voz…
answer-say-broken = A voz não chega: a rede não deixa passar. Um servidor TURN pode ajudar.
answer-say-unsignalled = não sinalizado
answer-say-lost = { $a } ms, { $b }% perdido
answer-say-direct = direto, { $a }
answer-say-relayed = por TURN, { $a }
answer-say-log-offer = oferta (SDP) da chamada { $a }
answer-say-log-answer = resposta (SDP) para a chamada { $a }
answer-say-log-act = pedido: { $a }
answer-say-log-done = resposta: { $a }
answer-say-log-state = conexão da voz: { $a }
answer-say-log-socket = ligação com o Ramal: { $a }
answer-say-notice = Tocando: { $a }

answer-missed =
    { $why ->
        [rejected] Recusada
        [presumed] Ninguém atendeu; o fim não foi avisado
       *[ended] Desligou depois de { $span }
    }
answer-taken =
    { $action ->
        [reject] A chamada foi recusada.
        [hangup] A chamada foi encerrada.
       *[other] { $action }: o provedor aceitou.
    }
answer-untaken =
    { $why ->
        [gone] O provedor não conhece mais esta chamada: ela terminou.
        [refused] O provedor não aceitou: HTTP { $status }.
        [timeout] O provedor não respondeu a tempo; não se sabe se aceitou.
        [interrupted] O Ramal parou enquanto avisava o provedor; não se sabe se ele aceitou.
       *[unreached] O provedor não pôde ser alcançado.
    }
