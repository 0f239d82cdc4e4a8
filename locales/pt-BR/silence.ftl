# O alarme de silêncio de uma empresa.

silence-title = Alarme de silêncio
silence-text = Conectada, e sem nenhum evento enquanto há gente trabalhando: isso vira um incidente. Desligado, uma hora sem eventos vira um aviso, em qualquer horário.
silence-is =
    { $n ->
        [one] Ligado: 1 minuto de expediente sem eventos vira um incidente.
       *[other] Ligado: { $n } minutos de expediente sem eventos viram um incidente.
    }
silence-is-not = Desligado: uma hora sem eventos vira um aviso, em qualquer horário.
silence-enabled = Ligado
silence-after = Sem eventos por (minutos de expediente)
silence-after-hint = De 1 a 1.440. Só conta o tempo dentro do expediente.
silence-events = Só estes eventos contam
silence-events-hint = Um por linha, como call-* ou agent-is-idle. Vazio: qualquer evento.
silence-week = Expediente
silence-week-hint = Horário de Brasília. Deixe em branco o dia em que ninguém trabalha; 24:00 é o fim do dia.
silence-suggested = Pelos eventos das últimas quatro semanas, esta empresa trabalha assim:
silence-hours = { $from } a { $to }
silence-nobody = não trabalha
silence-holidays = Feriados nacionais não contam
silence-holidays-hint = Os da lei, com a Sexta-feira Santa. Carnaval e Corpus Christi não são; inclua-os abaixo, se for o caso.
silence-days-off = Outros dias sem expediente
silence-days-off-hint = Um por linha: 2026-12-24.
silence-saved = Alarme de silêncio salvo.
silence-stale = Outra pessoa salvou isto agora há pouco. O que você digitou continua aqui; confira e salve de novo.
weekday =
    { $day ->
        [mon] segunda
        [tue] terça
        [wed] quarta
        [thu] quinta
        [fri] sexta
        [sat] sábado
       *[sun] domingo
    }
quiet-from = Das
quiet-to = às
