curl -X POST http://localhost:5000/webhook/call-event \
  -H 'Content-Type: application/json' \
  -H 'x-cbis-secret: foobaz' \
  -d '{
    "event": "bot_req_call",
    "idCall": "xyz",
    "idBot": "xyz",
    "from": "5511999999999",
    "to": "5511888888888",
    "idConversation": "xyz"
  }'
