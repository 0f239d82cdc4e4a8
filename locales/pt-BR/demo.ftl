# O que a demonstração conta.

demo-running = O Ramal está rodando com provedores simulados ({ $names }) e um destino que confere cada entrega.
demo-past = O dia que passou é inventado, para os gráficos terem o que mostrar; daqui em diante, os eventos são simulados.
demo-open = Abra ou experimente em outro terminal:
demo-panel = o painel
demo-companies = as empresas, pela API
demo-document = a documentação da API
demo-received = o que o destino recebeu e conferiu
demo-refusing = um destino que recusa tudo (sem status volta ao normal)
demo-sign-in = http://{ $listen }/   usuário: { $login }   senha: { $password }
demo-down = o destino cai: nada se perde, o cursor de cada webhook fica parado
demo-back = o destino volta: o que esperava chega em ordem por chamada, com o mesmo webhook-id
demo-cut = a { $provider } derruba a conexão: o Ramal reconecta e registra a queda
demo-end = fim da história; continua até Ctrl-C. O painel: { $panel }
demo-status =
    { $events ->
        [1] 1 evento
       *[other] { $events } eventos
    } · { $delivered ->
        [1] 1 entregue
       *[other] { $delivered } entregues
    } · { $waiting } na fila · { $repeated ->
        [1] 1 repetido
       *[other] { $repeated } repetidos
    } · { $disordered } fora de ordem
demo-sum = Entregues: { $distinct } eventos, { $duplicates } repetidos, { $disorder } fora de ordem; assinaturas: { $good } certas, { $bad } erradas

# A faixa do painel.

strip-name = Demonstração
strip-simulated = Demonstração: os dados são simulados, e o dia que passou é inventado.
strip-act =
    { $act ->
        [receiver-down] Derrubar o destino
        [receiver-up] Levantar o destino
        [cut] Cortar a conexão
        [refuse-tokens] Recusar o token
       *[take-tokens] Aceitar o token
    }
strip-done =
    { $act ->
        [receiver-down] O destino caiu: nada se perde, o que chega espera na fila de cada webhook.
        [receiver-up] O destino voltou: o que esperava sai agora, em ordem.
        [cut] As conexões foram cortadas: o Ramal reconecta sozinho e registra cada queda.
        [refuse-tokens] O provedor passou a recusar os tokens: cada empresa mostra o motivo.
       *[take-tokens] O provedor voltou a aceitar os tokens: o Ramal tenta de novo em até alguns minutos, ou na hora pelo botão da empresa.
    }
