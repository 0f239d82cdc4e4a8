# O que o log diz a quem o lê em um terminal.

log-master-key-made = 🔑 Chave mestra criada em { $path }: guarde uma cópia fora daqui; sem ela os tokens gravados se perdem
log-setup-open = 👤 Ninguém entra no painel ainda: crie o administrador em { $url }
log-foreign-origin = 🚫 Formulário do painel recusado: o navegador está em { $origin }, e o pedido chegou com Host { $host }. { $advice }
log-advice-unbelieved = X-Forwarded-Host só vale quando vem das redes de trusted_proxies: ponha o proxy lá, ou defina public_url
log-advice-host = atrás de um proxy, faça-o repassar o cabeçalho Host (nginx: proxy_set_header Host $http_host;), ou defina public_url
log-listening = 🚀 Ramal { $version } em http://{ $address }
log-listening-inbound = 🚀 Ramal { $version } em http://{ $address }, portas dos provedores em http://{ $inbound }
log-stopping = 🛑 Encerrando: { $reason }
log-stopped = 👋 Encerrado; tudo o que foi aceito está gravado
log-settings-read = 🔄 Configuração relida: { $companies } empresas em dia
log-settings-read-restart = 🔄 Configuração relida: { $companies } empresas em dia; outras mudanças valem a partir do próximo início
log-settings-refused = ❌ Configuração relida com erro; tudo continua como estava: { $error }
log-task-panicked = ❌ Falha interna em { $task }. Reinício em { $wait }
log-lines-lost = ⚠️ { $count } linhas deste log se perderam: ninguém as lia ou não havia espaço
log-suppressed = (+{ $count } linhas como esta não mostradas)

# As fontes.
log-connected = ✅ Conectado ao socket da { $provider } para empresa { $company }!
log-disconnected = 🔌 Desconectado do socket da { $provider } para empresa { $company }: { $reason }
log-source-stopped = ⏹️ Conexão encerrada para empresa { $company } ({ $source })
log-reconnecting = 🔄 Nova tentativa de conexão para empresa { $company } em { $wait } (tentativa { $attempt })
log-refused = ❌ Token inválido para empresa { $company }: { $reason }. Verifique o token e se a empresa está ativa na { $provider }
log-gap = ⚠️ Queda de { $lasted }, sem eventos, da empresa { $company }: { $reason }
log-event-received = 📥 Evento recebido: { $event } para empresa { $company }

# Os webhooks.
log-webhook-sent = 📤 Webhook enviado: { $event } → { $url }
log-webhook-delivered = ✅ Webhook enviado com sucesso para { $url }
log-webhook-failed = ❌ Falha ao enviar webhook: { $event } → { $url }: { $error } (tentativa { $attempt })
log-event-dead = 💀 Evento não entregue: { $event } → { $url }: { $reason } (após { $attempts } tentativas)
log-webhook-troubled = ⚠️ Webhook { $webhook } com problema ({ $health }): { $url }: { $reason }
log-webhook-recovered = ✅ Webhook { $webhook } voltou ao normal: { $url }
log-webhook-paused = ⏸️ Webhook { $webhook } pausado: { $reason }
log-webhook-resumed = ▶️ Webhook { $webhook } retomado
log-events-expired = ⚠️ { $count } eventos expiraram antes da entrega: { $company }, { $webhook }

# O banco de dados.
log-waiting-for-database = ⏳ Esperando o banco de dados (desiste em { $wait }): { $error }
log-store-troubled = ❌ Banco de dados não grava: { $error }. As fontes esperam; nada do que foi aceito se perde
log-store-recovered = ✅ Banco de dados voltou após { $after }
log-not-written = ❌ { $count } evento(s) de { $company } não gravado(s): { $error }
