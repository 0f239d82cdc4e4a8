//! What needs attention, in words: each sentence says what is the matter and what to do about it, in both languages.

use super::attention::{Alert, EventLook, Kind};
use crate::domain::Lang;

impl Alert {
    /// What is the matter, and what to do about it.
    pub fn sentence(&self, lang: Lang) -> String {
        let amount = self.amount.unwrap_or_default();
        match self.kind {
            Kind::NotWriting => lang.pick(
                "O banco de dados não grava: os eventos esperam. Veja o log; a gravação volta sozinha quando a causa some.".into(),
                "The database does not take writes: events wait. See the log; it goes on by itself when the cause is gone.".into(),
            ),
            Kind::NotOurs => lang.pick(
                "Outro processo usa este banco de dados: este não recebe nem entrega. Pare um dos dois; quando o outro termina, este volta sozinho.".into(),
                "Another process uses this database: this one neither takes events nor delivers. Stop one of the two; when the other has ended, this one goes on by itself.".into(),
            ),
            Kind::DiskLow => {
                let mebibytes = amount >> 20;
                lang.pick(
                    format!("Pouco espaço em disco: restam {mebibytes} MiB. Libere espaço ou reduza retention.bytes."),
                    format!("Little room on the disk: {mebibytes} MiB are left. Free some room, or lower retention.bytes."),
                )
            }
            Kind::NotServed
            | Kind::TokenRefused
            | Kind::TokenExpired
            | Kind::TokenExpires
            | Kind::GapOpen
            | Kind::NotConnected
            | Kind::Silence
            | Kind::EventsRefused
            | Kind::EventsLost => self.source_in_words(lang),
            Kind::WebhookNotStarted => lang.pick(
                format!("Nada sai deste webhook; eventos em espera: {amount}. A configuração guardada não pode ser usada, ou o banco de dados não pode ser lido; o log diz a causa."),
                format!("Nothing goes out of this webhook; waiting: {amount}. Its stored settings cannot be used, or the database cannot be read; the log says why."),
            ),
            Kind::WebhookFailing => {
                let event = self.event_in_words(lang);
                lang.pick(
                    format!("O destino não recebe; eventos em espera: {amount}. Confira se a URL está no ar, aceita POST e responde com 2xx.{event}"),
                    format!("The endpoint does not take events; waiting: {amount}. Check that the URL is up, takes POST and answers with 2xx.{event}"),
                )
            }
            Kind::WebhookGone => lang.pick(
                format!("Pausado: o destino respondeu 410 (não existe mais); eventos em espera: {amount}. Corrija a URL e retome."),
                format!("Paused: the endpoint answered 410 (gone); events waiting: {amount}. Mend the URL and resume."),
            ),
            Kind::WebhookPaused => lang.pick(
                format!("Pausado por uma pessoa; eventos em espera: {amount}. Retome quando o destino estiver pronto."),
                format!("Paused by a person; events waiting: {amount}. Resume when the endpoint is ready."),
            ),
            Kind::EventFailing => {
                let event = self.event_in_words(lang);
                lang.pick(
                    format!("Um evento não é aceito; os outros seguem.{event} As tentativas continuam sozinhas."),
                    format!("An event is not taken; the others go on.{event} It is tried again by itself."),
                )
            }
            Kind::EventsDead | Kind::EventsCrowdedOut | Kind::EventsExpired => self.loss_in_words(lang),
        }
    }

    /// What is the matter with a source.
    fn source_in_words(&self, lang: Lang) -> String {
        let (provider, day) = (self.provider, self.day.map(|day| day.to_string()).unwrap_or_default());
        match self.kind {
            Kind::NotServed => lang.pick(
                format!("Esta versão do Ramal não serve o provedor “{provider}”: nada chega desta fonte. Use a versão que a criou, ou apague a fonte."),
                format!("This version of Ramal does not serve the provider “{provider}”: nothing comes from this source. Use the version that made it, or delete the source."),
            ),
            Kind::TokenRefused => lang.pick(
                format!("Token inválido: a {provider} recusou o token. Confira o token e se a empresa está ativa na {provider}."),
                format!("Invalid token: {provider} refused the token. Check it, and that the company is active at {provider}."),
            ),
            Kind::TokenExpired => lang.pick(
                format!("O token venceu em {day}. Crie outro na {provider} e troque-o aqui."),
                format!("The token expired on {day}. Make another one at {provider} and put it here."),
            ),
            Kind::TokenExpires => lang.pick(
                format!("O token vence em {day}. Crie outro na {provider} e troque-o antes disso."),
                format!("The token expires on {day}. Make another one at {provider} and put it here before that."),
            ),
            Kind::GapOpen => lang.pick(
                format!("Sem conexão: o que a {provider} envia agora não chega. As tentativas continuam sozinhas."),
                format!("Not connected: what {provider} sends now does not arrive. Tries go on by themselves."),
            ),
            Kind::NotConnected => lang.pick(
                "Ainda não conectou. Confira a URL do socket e a rede; as tentativas continuam sozinhas.".into(),
                "Not connected yet. Check the socket URL and the network; tries go on by themselves.".into(),
            ),
            Kind::Silence => lang.pick(
                format!("Conectado, mas sem eventos há mais de uma hora. Se a operação está ativa, confira a empresa na {provider}."),
                format!("Connected, but without an event for more than an hour. If people are at work, check the company at {provider}."),
            ),
            Kind::EventsRefused => lang.pick(
                "O banco de dados recusou o conteúdo de eventos desta fonte, que se perderam; os demais foram gravados. O log e a lacuna da fonte dizem o motivo.".into(),
                "The database refused the content of events of this source, which are lost; all others were written down. The log and the gap of the source say why.".into(),
            ),
            _ => lang.pick(
                "O banco de dados voltou sem os últimos eventos que já tinha gravado (uma réplica atrasada, ou uma cópia antiga). Os webhooks que já os receberam não os recebem de novo; os demais não os recebem. A lacuna da fonte diz de quando são.".into(),
                "The database came back without the last events that it had written (a standby that was behind, or an older copy). Webhooks that have had them do not get them again; the others do not get them. The gap of the source says of when they are.".into(),
            ),
        }
    }

    /// What is lost and what to do about it.
    fn loss_in_words(&self, lang: Lang) -> String {
        let count = format!("{}{}", self.amount.unwrap_or_default(), if self.more { "+" } else { "" });
        let event = self.event_in_words(lang);
        match self.kind {
            Kind::EventsExpired => lang.pick(
                format!("Eventos vencidos pela retenção antes da entrega: {count}.{event} Aumente retention ou retome o webhook antes."),
                format!("Events that retention took before they were delivered: {count}.{event} Keep more (retention), or resume the webhook earlier."),
            ),
            Kind::EventsCrowdedOut => lang.pick(
                format!("Eventos abandonados porque há retidos demais: {count}.{event} Reenvie-os quando o destino os aceitar."),
                format!("Events given up because too many are set aside: {count}.{event} Send them again when the endpoint takes them."),
            ),
            _ => lang.pick(
                format!("Eventos que não serão mais tentados sozinhos: {count}.{event} Reenvie-os quando o destino os aceitar, ou descarte-os."),
                format!("Events that are not tried again by themselves: {count}.{event} Send them again when the endpoint takes them, or discard them."),
            ),
        }
    }

    /// The event, its size and its last answer, as a sentence with a space before it; empty when there is none.
    fn event_in_words(&self, lang: Lang) -> String {
        let Some(EventLook { id, bytes, last }) = &self.event else { return String::new() };
        let bytes = bytes.map_or_else(String::new, |bytes| format!(" ({})", size(bytes, lang)));
        let (pt, en) = ("última resposta", "last answer");
        let last = last.as_ref().map(|last| format!(", {}: {}", lang.pick(pt, en), last.said(lang)));
        let last = last.unwrap_or_default();
        format!(" {} {id}{bytes}{last}.", lang.pick("Evento", "Event"))
    }
}

/// A number of bytes for people.
pub fn size(bytes: u64, lang: Lang) -> String {
    let (divisor, unit) = match bytes {
        0..1_000 => return format!("{bytes} bytes"),
        1_000..1_000_000 => (1_000, "kB"),
        _ => (1_000_000, "MB"),
    };
    let tenths = (bytes + divisor / 20) / (divisor / 10);
    format!("{}{}{} {unit}", tenths / 10, lang.pick(",", "."), tenths % 10)
}
