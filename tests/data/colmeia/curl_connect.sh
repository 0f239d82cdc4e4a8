curl -X POST http://localhost:5000/webhook/call-event \
  -H 'Content-Type: application/json' \
  -H 'x-cbis-secret: foobaz' \
  -d '{
    "event": "connect",
    "idCall": "xyz",
    "idBot": "xyz",
    "from": "5511999999999",
    "to": "5511888888888",
    "idConversation": "xyz",
    "session": {
        "type": "offer",
        "sdp": "v=0\r\no=- 123 2 IN IP4 127.0.0.1\r\n..."
    }
  }'
