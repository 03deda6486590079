package interop;

import static org.springframework.security.oauth2.server.authorization.authentication.OAuth2ClientRegistrationAuthenticationValidator.DEFAULT_JWK_SET_URI_VALIDATOR;
import static org.springframework.security.oauth2.server.authorization.authentication.OAuth2ClientRegistrationAuthenticationValidator.DEFAULT_REDIRECT_URI_VALIDATOR;
import static org.springframework.security.oauth2.server.authorization.authentication.OAuth2ClientRegistrationAuthenticationValidator.DEFAULT_SCOPE_VALIDATOR;
import static org.springframework.security.oauth2.server.authorization.authentication.OAuth2ClientRegistrationAuthenticationValidator.SIMPLE_SCOPE_VALIDATOR;

import java.util.List;
import java.util.function.Supplier;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.authorization.authentication.OAuth2ClientRegistrationAuthenticationProvider;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;
import org.springframework.stereotype.Component;

/**
 * Who may register a client, and whether it may name scopes: Spring refuses those unless it is told
 * otherwise, and gives a client that names none no scope at all.
 */
@Component
class RegistrationPolicy implements AuthorizationManager<RequestAuthorizationContext> {

  volatile boolean isOpen = true;
  volatile boolean allowsScopes = true;

  void setValidator(List<AuthenticationProvider> providers) {
    for (AuthenticationProvider provider : providers) {
      if (provider instanceof OAuth2ClientRegistrationAuthenticationProvider registration) {
        registration.setAuthenticationValidator(DEFAULT_REDIRECT_URI_VALIDATOR
            .andThen(DEFAULT_JWK_SET_URI_VALIDATOR)
            .andThen(context ->
                (allowsScopes ? SIMPLE_SCOPE_VALIDATOR : DEFAULT_SCOPE_VALIDATOR).accept(context)));
      }
    }
  }

  @Override
  public AuthorizationDecision authorize(
      Supplier<? extends Authentication> authentication, RequestAuthorizationContext context) {
    Authentication caller = authentication.get();
    boolean isKnown = caller != null && caller.isAuthenticated()
        && !(caller instanceof AnonymousAuthenticationToken);
    return new AuthorizationDecision(isOpen || isKnown);
  }
}
