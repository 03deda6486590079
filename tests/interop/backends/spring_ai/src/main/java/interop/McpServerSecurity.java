package interop;

import org.springaicommunity.mcp.security.server.config.McpServerOAuth2Configurer;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.web.SecurityFilterChain;

/** The resource server of the project mcp-server-security, which also serves RFC 9728 metadata. */
@Configuration
@Profile("mcp-server-security")
class McpServerSecurity {

    @Bean
    SecurityFilterChain securityFilterChain(HttpSecurity http, JwtDecoder jwtDecoder,
            @Value("${spring.security.oauth2.resourceserver.jwt.issuer-uri}") String issuer) {
        return http
            .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
            .with(McpServerOAuth2Configurer.mcpServerOAuth2(), oauth2 -> oauth2
                .authorizationServer(issuer)
                .jwtDecoder(jwtDecoder))
            .build();
    }
}
