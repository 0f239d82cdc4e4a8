# O que a demonstração conta.

demo-running = O Ramal está rodando com provedores simulados ({ $names }) e um destino que confere cada entrega.
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
demo-sum = Entregues: { $distinct } eventos, { $duplicates } repetidos, { $disorder } fora de ordem; assinaturas: { $good } certas, { $bad } erradas
