# A primeira hora de uma empresa.

first-title = A primeira hora
first-done = { $n } de { $of }
first-is-done = feito
first-connect = Ligar a conexão com o provedor
first-connect-text = Com o token da empresa. A linha fica aberta e volta sozinha quando cai.
first-connect-do = Ver a conexão
first-heard = Ver o primeiro evento chegar
first-heard-text = Faça uma chamada de teste: o evento aparece na hora.
first-heard-do = Ver os eventos
first-webhook = Criar um webhook
first-webhook-text = A URL do seu sistema e os tipos de evento que ele quer.
first-webhook-do = Criar webhook
first-test = Enviar um teste
first-test-of = Enviar um teste a { $name }
first-test-text = Mostra a requisição inteira e o que o seu sistema respondeu.
first-test-do = Enviar teste
first-told = Dizer a quem avisar
first-told-text = Se a linha cair às três da tarde, quem precisa saber?
first-told-do = Criar um alerta
first-delivered = Receber o primeiro evento
first-delivered-text = O próximo evento que o webhook assina vai para o seu sistema. Depois disso esta lista some.
first-delivered-do = Ver o webhook
