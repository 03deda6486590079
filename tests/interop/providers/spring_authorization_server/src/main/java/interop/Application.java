package interop;

import static org.springframework.security.config.Customizer.withDefaults;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.server.authorization.OAuth2TokenType;
import org.springframework.security.oauth2.server.authorization.client.InMemoryRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.ClientSettings;
import org.springframework.security.oauth2.server.authorization.settings.TokenSettings;
import org.springframework.security.oauth2.server.authorization.token.JwtEncodingContext;
import org.springframework.security.oauth2.server.authorization.token.OAuth2TokenCustomizer;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.security.web.util.matcher.MediaTypeRequestMatcher;

/** Spring Authorization Server as its "Getting Started" has it, with one client for each flow. */
@SpringBootApplication
public class Application {

  /** Each client has one of its own, which Spring insists on. */
  static String secretOf(String id) {
    return "s3cret/+: %&=~" + id;
  }

  public static void main(String[] args) {
    SpringApplication.run(Application.class, args);
  }

  @Bean
  @Order(1)
  SecurityFilterChain protocol(HttpSecurity http, RegistrationPolicy policy) throws Exception {
    http.oauth2AuthorizationServer(server -> {
          http.securityMatcher(server.getEndpointsMatcher());
          server.oidc(withDefaults());
          server.pushedAuthorizationRequestEndpoint(withDefaults());
          server.deviceAuthorizationEndpoint(withDefaults());
          server.deviceVerificationEndpoint(withDefaults());
          server.clientRegistrationEndpoint(registration -> registration
              .openRegistrationAllowed(true)
              .authenticationProviders(policy::setValidator));
        })
        .authorizeHttpRequests(requests -> requests
            .requestMatchers("/oauth2/register").access(policy)
            .anyRequest().authenticated())
        // For initial access tokens.
        .oauth2ResourceServer(resourceServer -> resourceServer.jwt(withDefaults()))
        .exceptionHandling(handling -> handling.defaultAuthenticationEntryPointFor(
            new LoginUrlAuthenticationEntryPoint("/login"),
            new MediaTypeRequestMatcher(MediaType.TEXT_HTML)));
    return http.build();
  }

  /** What the tests' operator does; nothing of Spring's. */
  @Bean
  @Order(2)
  SecurityFilterChain operatorRequests(HttpSecurity http) throws Exception {
    return http.securityMatcher("/operator/**")
        .authorizeHttpRequests(requests -> requests.anyRequest().permitAll())
        .csrf(csrf -> csrf.disable())
        .build();
  }

  @Bean
  @Order(3)
  SecurityFilterChain pages(HttpSecurity http) throws Exception {
    return http.authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
        .formLogin(withDefaults())
        .build();
  }

  @Bean
  UserDetailsService people() {
    return new InMemoryUserDetailsManager(
        User.withUsername("operator").password("{noop}" + UUID.randomUUID()).roles("USER").build());
  }

  @Bean
  AuthorizationServerSettings settings(@Value("${ISSUER}") String issuer) {
    return AuthorizationServerSettings.builder().issuer(issuer).build();
  }

  @Bean
  JWKSource<SecurityContext> keys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair pair = generator.generateKeyPair();
    RSAKey key = new RSAKey.Builder((RSAPublicKey) pair.getPublic())
        .privateKey((RSAPrivateKey) pair.getPrivate())
        .keyID(UUID.randomUUID().toString())
        .build();
    return new ImmutableJWKSet<>(new JWKSet(key));
  }

  /** Access tokens are meant for the backend; without this the audience is the client. */
  @Bean
  OAuth2TokenCustomizer<JwtEncodingContext> audience(@Value("${AUDIENCE}") String audience) {
    return context -> {
      if (OAuth2TokenType.ACCESS_TOKEN.equals(context.getTokenType())) {
        context.getClaims().audience(List.of(audience));
      }
    };
  }

  @Bean
  RegisteredClientRepository clients(
      @Value("${REDIRECT_URL}") String redirectUrl,
      @Value("${CLIENT_JWKS_URL}") String jwksUrl,
      @Value("${ACCESS_TOKEN_LIFETIME}") int lifetime) {
    Clients clients = new Clients(redirectUrl);
    ClientSettings pkce = ClientSettings.builder().requireProofKey(true).build();
    clients.add("mcp", client -> client
        .clientAuthenticationMethod(ClientAuthenticationMethod.NONE).clientSettings(pkce));
    clients.add("mcp-consent", client -> client
        .clientAuthenticationMethod(ClientAuthenticationMethod.NONE)
        .clientSettings(ClientSettings.builder()
            .requireProofKey(true).requireAuthorizationConsent(true).build()));
    clients.addConfidential("mcp-confidential", client -> {});
    clients.addConfidential("mcp-rotating", client -> client
        .tokenSettings(TokenSettings.builder()
            .reuseRefreshTokens(false).accessTokenTimeToLive(Duration.ofSeconds(lifetime)).build()));
    clients.addConfidential("mcp-service", client -> client
        .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS));
    // As "How-to: Register a client dynamically" has it.
    clients.addConfidential("registrar", client -> client
        .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
        .scope("client.create"));
    clients.addConfidential("mcp-device", client -> client
        .authorizationGrantType(AuthorizationGrantType.DEVICE_CODE));
    clients.add("mcp-post", client -> client
        .clientSecret("{noop}" + secretOf("mcp-post"))
        .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_POST));
    clients.add("mcp-key", client -> client
        .clientAuthenticationMethod(ClientAuthenticationMethod.PRIVATE_KEY_JWT)
        .clientSettings(ClientSettings.builder().requireProofKey(true).jwkSetUrl(jwksUrl)
            .tokenEndpointAuthenticationSigningAlgorithm(SignatureAlgorithm.RS256).build()));
    return new InMemoryRegisteredClientRepository(clients.all);
  }

  private record Clients(String redirectUrl, List<RegisteredClient> all) {
    Clients(String redirectUrl) {
      this(redirectUrl, new ArrayList<>());
    }

    void addConfidential(String id, Consumer<RegisteredClient.Builder> more) {
      add(id, client -> more.accept(client
          .clientSecret("{noop}" + secretOf(id))
          .clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)));
    }

    void add(String id, Consumer<RegisteredClient.Builder> more) {
      RegisteredClient.Builder client = RegisteredClient.withId(id).clientId(id)
          .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
          .authorizationGrantType(AuthorizationGrantType.REFRESH_TOKEN)
          .redirectUri(redirectUrl)
          .scope("openid").scope("profile").scope("email");
      more.accept(client);
      all.add(client.build());
    }
  }
}
