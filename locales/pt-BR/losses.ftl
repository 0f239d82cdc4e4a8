# O que não chegou em uma queda: uma estimativa, nunca uma contagem.

loss-estimated =
    { $n ->
        [0] ≈ 0 eventos deste tempo não chegaram
        [one] ≈ 1 evento deste tempo não chegou
       *[other] ≈ { $n } eventos deste tempo não chegaram
    }
loss-unknown = Não dá para estimar quantos eventos deste tempo não chegaram
loss-about = ≈ { $n }
loss-none = não dá para estimar
loss-how = Como se estima
loss-rule = O provedor não reenvia o que não foi ouvido; por isso é uma estimativa, que nunca entra em contagens. Para cada hora da queda, vale a média por minuto da própria empresa na mesma hora do mesmo dia da semana, nas últimas quatro semanas que estão guardadas; se nenhuma está, a da hora anterior à queda. Só contam os minutos em que a conexão estava de pé. Sem nada disso, em uma queda de mais de sete dias ou em uma empresa com mais de uma fonte, não dá para estimar.
