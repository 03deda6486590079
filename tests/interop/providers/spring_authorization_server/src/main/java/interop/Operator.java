package interop;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.MediaType;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.server.authorization.InMemoryOAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2Authorization;
import org.springframework.security.oauth2.server.authorization.OAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2TokenType;
import org.springframework.security.provisioning.UserDetailsManager;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What the operator of the tests does, and the keys of the client that has one. */
@RestController
class Operator {

  private final UserDetailsManager people;
  private final Authorizations authorizations;
  private final RegistrationPolicy registration;
  private final String clientJwks;

  Operator(UserDetailsService people, Authorizations authorizations,
      RegistrationPolicy registration, @Value("${CLIENT_JWKS}") String clientJwks) {
    this.people = (UserDetailsManager) people;
    this.authorizations = authorizations;
    this.registration = registration;
    this.clientJwks = clientJwks;
  }

  @PostMapping("/operator/people")
  void create(@RequestParam String name, @RequestParam String password) {
    people.createUser(User.withUsername(name).password("{noop}" + password).roles("USER").build());
  }

  @PostMapping("/operator/registration")
  void setRegistration(@RequestParam(required = false) Boolean open,
      @RequestParam(required = false) Boolean scopes) {
    if (open != null) registration.isOpen = open;
    if (scopes != null) registration.allowsScopes = scopes;
  }

  @DeleteMapping("/operator/people/{name}/authorizations")
  void end(@PathVariable String name) {
    authorizations.of(name).forEach(authorizations::remove);
  }

  @GetMapping("/operator/people/{name}/authorizations")
  long count(@PathVariable String name) {
    return authorizations.of(name).stream()
        .filter(one -> one.getRefreshToken() != null && one.getRefreshToken().isActive())
        .count();
  }

  @GetMapping(path = "/operator/client-jwks", produces = MediaType.APPLICATION_JSON_VALUE)
  String jwks() {
    return clientJwks;
  }

  /** Spring's own, which cannot be asked whose authorizations there are. */
  @Component
  static class Authorizations implements OAuth2AuthorizationService {

    private final OAuth2AuthorizationService all = new InMemoryOAuth2AuthorizationService();
    private final Map<String, OAuth2Authorization> byId = new ConcurrentHashMap<>();

    java.util.List<OAuth2Authorization> of(String name) {
      return byId.values().stream().filter(one -> one.getPrincipalName().equals(name)).toList();
    }

    @Override
    public void save(OAuth2Authorization authorization) {
      all.save(authorization);
      byId.put(authorization.getId(), authorization);
    }

    @Override
    public void remove(OAuth2Authorization authorization) {
      all.remove(authorization);
      byId.remove(authorization.getId());
    }

    @Override
    public OAuth2Authorization findById(String id) {
      return all.findById(id);
    }

    @Override
    public OAuth2Authorization findByToken(String token, OAuth2TokenType type) {
      return all.findByToken(token, type);
    }
  }
}
