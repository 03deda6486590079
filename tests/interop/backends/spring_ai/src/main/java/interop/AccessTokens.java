package interop;

import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Accepts access tokens of type "at+jwt" (RFC 9068), which this provider issues and which Spring
 * Security refuses unless it is told. The profile "plain-jwt" leaves it as it is by default.
 */
@Configuration
@Profile("!plain-jwt")
class AccessTokens {

    @Bean
    JwtDecoder jwtDecoder(OAuth2ResourceServerProperties properties) {
        var jwt = properties.getJwt();
        var decoder = NimbusJwtDecoder.withJwkSetUri(jwt.getJwkSetUri()).validateType(false).build();
        decoder.setJwtValidator(JwtValidators.createDefaultWithValidators(
            new JwtTypeValidator("at+jwt", "JWT"),
            new JwtIssuerValidator(jwt.getIssuerUri()),
            new JwtAudienceValidator(jwt.getAudiences().get(0))));
        return decoder;
    }
}
