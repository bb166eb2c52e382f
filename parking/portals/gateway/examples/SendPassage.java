// Tell one passage: Java 11 or later. Needs PARKING_URL, PARKING_CLIENT, PARKING_KEY, PARKING_LOT.
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class SendPassage {
    public static void main(String[] args) throws Exception {
        byte[] key = Base64.getDecoder().decode(System.getenv("PARKING_KEY").replaceFirst("^whsec_", ""));
        String body = "{\"event_id\":\"" + UUID.randomUUID() + "\",\"at\":\"" + Instant.now()
            + "\",\"lot\":\"" + System.getenv("PARKING_LOT")
            + "\",\"direction\":\"entry\",\"plate\":\"\u82cfF12345\"}";
        // These bytes are signed and these bytes are sent.
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String id = "msg_" + UUID.randomUUID();
        String now = Long.toString(Instant.now().getEpochSecond());
        ByteArrayOutputStream signed = new ByteArrayOutputStream();
        signed.write((id + "." + now + ".").getBytes(StandardCharsets.US_ASCII));
        signed.write(content);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        String signature = Base64.getEncoder().encodeToString(mac.doFinal(signed.toByteArray()));
        HttpRequest call = HttpRequest.newBuilder(URI.create(System.getenv("PARKING_URL") + "/api/v1/gateway/passages"))
            .header("Content-Type", "application/json")
            .header("parking-client", System.getenv("PARKING_CLIENT"))
            .header("webhook-id", id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", "v1," + signature)
            .POST(HttpRequest.BodyPublishers.ofByteArray(content))
            .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(call, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
        System.exit(answer.statusCode() < 300 ? 0 : 1);
    }
}
