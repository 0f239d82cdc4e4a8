# Tempo: quanto passou, quanto durou.

ago = há { $span }
in-span = em { $span }
just-now = agora
yesterday = ontem { $time }
never = nunca
span-part-second = { $n } s
span-seconds = { $n } s
span-minutes-seconds = { $n } min { $s } s
span-minutes = { $n } min
span-hours = { $n } h
span-hours-minutes = { $n } h { $m } min
span-days =
    { $n ->
        [one] { $n } dia
       *[other] { $n } dias
    }
